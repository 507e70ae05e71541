"""A SIP softphone (Debian's baresip) that plays one recording into a call and keeps what
it hears."""

import contextlib
import shutil
import subprocess
import time
import wave

import pytest

from tests import processes

MODULES = "/usr/lib/baresip/modules"
RATE = 8000
CONFIG = """
poll_method epoll
sip_listen 127.0.0.1:{sip_port}
call_max_calls 1
audio_source aufile,{speech}
audio_player aubridge,nobody
audio_alert aubridge,nobody
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 20-160
module_path {modules}
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
snd_path {folder}
rtp_ports 20000-40000
"""


def require():
    if shutil.which("baresip") is None:
        pytest.skip("needs a SIP softphone: apt-get install baresip")


@contextlib.contextmanager
def calling(folder, address, pcm, caller="+447700900123"):
    """Call a SIP address and speak; the call is hung up when the context closes."""
    speech = folder / "speech.wav"
    with wave.open(str(speech), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(pcm)
    config = CONFIG.format(
        sip_port=processes.free_port(), speech=speech, modules=MODULES, folder=folder
    )
    (folder / "config").write_text(config)
    (folder / "accounts").write_text(
        f"<sip:{caller}@127.0.0.1>;regint=0;audio_codecs=PCMU\n"
    )
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            ["baresip", "-f", folder, "-e", f"d {address}"],
            stdin=subprocess.PIPE, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()  # it says BYE
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def heard(folder):
    """Return the file of what came out of the telephone's loudspeaker."""
    for _ in range(50):
        if found := sorted(folder.glob("dump-*-dec.wav")):
            return found[-1]
        time.sleep(0.1)
    raise AssertionError((folder / "log").read_text()[-2000:])
