// Forms marked data-upload show how far the upload is, and refuse a file that is too big
// before it travels.
document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = event.target.closest?.("form[data-upload]")?.querySelector("progress");
  if (!bar || !event.detail.lengthComputable) return;
  bar.hidden = false;
  bar.value = (100 * event.detail.loaded) / event.detail.total;
});
document.addEventListener("change", (event) => {
  const input = event.target.closest("form[data-upload] input[type=file]");
  if (!input) return;
  const most = Number(input.dataset.most);
  const big = [...input.files].find((file) => file.size > most);
  input.setCustomValidity(big ? `${big.name} is ${(big.size / 1e6).toFixed(1)} MB; ${most / 1e6} MB are the most.` : "");
  input.reportValidity();
});
