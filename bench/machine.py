"""What a table was measured on: one line of words."""
import importlib.metadata
import os
import shlex
import subprocess
import time

from places import env

# What a kernel of berth or of a rival may choose by.
FLAGS = ["avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_int8", "amx_bf16"]
RIVALS = ["torch", "onnxruntime", "ctranslate2", "tokenizers"]


def cpu():
    with open("/proc/cpuinfo") as f:
        fields = dict(line.split(":", 1) for line in f.read().split("\n\n")[0].splitlines() if ":" in line)
    fields = {k.strip(): v.strip() for k, v in fields.items()}
    flags = fields["flags"].split()
    has = " ".join(f for f in FLAGS if f in flags)
    return (f"{os.cpu_count()} cores of {fields['model name']} (family {fields['cpu family']} model {fields['model']}: "
            f"{has}{'' if 'amx_int8' in flags else ', no AMX'})")


def memory():
    with open("/proc/meminfo") as f:
        return "%.0f GB" % (int(f.readline().split()[1]) / 1e6)


def level():
    """That berth chooses here."""
    said = subprocess.check_output([shlex.split(env("BENCH_BERTH"))[0], "--version"], text=True)
    return next(line for line in said.splitlines() if line.startswith("cpu "))[4:]


def describe():
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in RIVALS)
    berth = f"berth at {level()}; " if env("BENCH_BERTH") else ""
    return f"{time.strftime('%Y-%m-%d')}: {cpu()}, {memory()}; {berth}{versions}"
