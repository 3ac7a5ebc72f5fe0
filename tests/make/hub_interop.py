#!/usr/bin/env python3
"""One cache, two programs: berth pull and huggingface_hub.

    hub_interop.py BERTH

Each takes what the other has fetched, or begun to fetch, from a hub on this
machine (tests/hub/server.py). Needs huggingface_hub; no network. Prints a line
for each check; the exit status is 1 if one failed.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

berth = os.path.abspath(sys.argv[1])
tests = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
work = tempfile.mkdtemp()
os.chdir(work)
for name in list(os.environ):
    if name.startswith(("HF_", "HUGGING", "TRANSFORMERS_")):
        del os.environ[name]
os.environ |= {"HF_HOME": os.path.join(work, "home"),
               "HF_HUB_DISABLE_PROGRESS_BARS": "1",
               "HF_HUB_DISABLE_TELEMETRY": "1",
               "HF_HUB_DISABLE_XET": "1"}

shutil.copytree(os.path.join(tests, "data", "st-mean-dense-norm"),
                "repos/org/name/main")
with open("repos/org/name/main/two words \u00fc.txt", "w") as f:
    f.write("a\n")
# The official client writes 10 MiB at a time.
with open("repos/org/name/main/pytorch_model.bin", "wb") as f:
    f.write(os.urandom(16 << 20))
server = subprocess.Popen(
    [sys.executable, os.path.join(tests, "hub", "server.py"), "repos", "log",
     "faults"], stdout=subprocess.PIPE, text=True)
port, cdn = server.stdout.readline().split()
os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{port}"

import huggingface_hub  # noqa: E402: it reads the environment

failures = 0


def check(title, found, expected):
    global failures
    good = found == expected
    print("ok" if good else "not ok", "-", title)
    if not good:
        failures += 1
        print(f"#   found     {found}\n#   expected  {expected}")


def requests():
    with open("log") as f:
        return [json.loads(line) for line in f]


def begin(*faults):
    """An empty log, and what the hub does wrong from now on."""
    open("log", "w").close()
    with open("faults", "w") as f:
        f.writelines(json.dumps(fault) + "\n" for fault in faults)


def fresh(*faults):
    shutil.rmtree("home", ignore_errors=True)
    begin(*faults)


def pull(*args):
    done = subprocess.run([berth, "pull", *args], capture_output=True, text=True)
    return done.stdout.rstrip("\n") if done.returncode == 0 else done.stderr


def official(**options):
    try:
        return huggingface_hub.snapshot_download("org/name", **options)
    except Exception as error:  # what it says is what a check shows
        return f"{type(error).__name__}: {error}"


OFFICIAL = "import huggingface_hub as h; print(h.snapshot_download('org/name'))"


def interrupt(command):
    """Kills it when some bytes of the weights are there."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    for _ in range(300):
        time.sleep(0.1)
        if any(size >= 10 << 20 for size in incomplete().values()):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()


def incomplete():
    return {name: os.path.getsize(os.path.join(top, name))
            for top, _, names in os.walk("home") for name in names
            if name.endswith(".incomplete")}


def warnings():
    return [str(w) for w in huggingface_hub.scan_cache_dir().warnings]


def same(folder):
    """What differs of the files that the repository has."""
    wrong = []
    for top, _, names in os.walk("repos/org/name/main"):
        for name in names:
            path = os.path.join(top, name)
            there = os.path.join(folder,
                                 os.path.relpath(path, "repos/org/name/main"))
            with open(path, "rb") as f:
                if not os.path.exists(there) or \
                        open(there, "rb").read() != f.read():
                    wrong.append(there)
    return wrong


stall = {"path": "pytorch_model.bin.*Signature", "stall": 12 << 20}
slow = {"path": "pytorch_model.bin.*Signature", "slow": [1 << 20, 0.1]}
try:
    fresh()
    folder = pull("--all", "org/name")
    check("pull --all: every file", same(folder), [])
    check("the official client finds it without network",
          official(local_files_only=True), folder)
    check("... and has no warnings of it", warnings(), [])
    begin()
    check("... and with the hub finds it again", official(), folder)
    check("... for which it asks for the listing alone",
          [r["path"] for r in requests() if "/api/models/" not in r["path"]], [])
    check("... and each file alone", os.path.dirname(
        huggingface_hub.hf_hub_download("org/name", "config.json",
                                        local_files_only=True)), folder)
    revision = os.path.basename(folder)
    huggingface_hub.scan_cache_dir().delete_revisions(revision).execute()
    check("what it deletes is gone",
          subprocess.run([berth, "models", "--quiet"], capture_output=True,
                         text=True).stdout, "")
    check("... and pull fetches it again", same(pull("--all", "org/name")), [])

    fresh()
    check("pull: what berth reads", pull("org/name"), folder)
    have = {os.path.relpath(os.path.join(top, name), folder)
            for top, _, names in os.walk(folder) for name in names}
    begin()
    check("the official client fetches the rest",
          (official(), same(folder)), (folder, []))
    check("... and nothing twice",
          [r["path"] for r in requests() if r["method"] == "GET"
           and any("/" + name + "?" in r["path"] for name in have)], [])
    check("... and has no warnings", warnings(), [])

    fresh()
    check("the official client, then pull", (official(), pull("org/name")),
          (folder, folder))
    begin()
    pull("--all", "org/name")
    check("... which asks for the listing alone",
          [r["path"] for r in requests()],
          ["/api/models/org/name/revision/main"])

    fresh(stall)
    interrupt([sys.executable, "-c", OFFICIAL])
    begun = incomplete()
    check("the official client was killed in the middle", len(begun) > 0, True)
    begin()
    check("pull completes what it began", same(pull("--all", "org/name")), [])
    ranges = [r["range"] for r in requests() if "range" in r]
    check("... from where it was",
          f"bytes={max(begun.values(), default=0)}-" in ranges, True)
    check("... and leaves nothing over", incomplete(), {})
    check("... and the official client has no warnings", warnings(), [])

    fresh(stall)
    interrupt([berth, "pull", "--all", "org/name"])
    check("berth was killed in the middle", len(incomplete()), 1)
    check("... the official client has no warnings", warnings(), [])
    begin()
    check("the official client completes it", (official(), same(folder)),
          (folder, []))
    check("... and pull takes it", pull("--all", "org/name"), folder)
    check("... the official client has no warnings", warnings(), [])

    fresh(slow)
    first = subprocess.Popen([sys.executable, "-c", OFFICIAL],
                             stdout=subprocess.PIPE, text=True)
    second = subprocess.Popen([berth, "pull", "--all", "org/name"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True)
    check("both at once",
          (first.communicate()[0].strip(), second.communicate()[0].strip()),
          (folder, folder))
    check("... each file of weights fetched once",
          sorted(r["path"].split("?")[0] for r in requests()
                 if r["server"] == "cdn"),
          sorted({r["path"].split("?")[0] for r in requests()
                  if r["server"] == "cdn"}))
    check("... and all is there", same(folder), [])

    fresh()
    with open("repos/org/name.json", "w") as f:
        json.dump({"refs": {"refs/pr/1": "main"}}, f)
    check("a revision with slashes", pull("--all", "org/name@refs/pr/1"), folder)
    check("... is the official client's, too",
          official(revision="refs/pr/1", local_files_only=True), folder)
finally:
    server.terminate()
    shutil.rmtree(work)
sys.exit(failures > 0)
