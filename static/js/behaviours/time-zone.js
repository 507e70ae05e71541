// A hidden field named time_zone gets the browser's zone, so that times are local at once.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const field of document.querySelectorAll("input[type=hidden][name=time_zone]")) field.value ||= zone;
