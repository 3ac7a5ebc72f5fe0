#!/usr/bin/env python3
"""fill_examples.py BERTH PAGE... - rewrites the outputs of "$ command" in the
literal displays of manual pages (EXAMPLES, all sections of *.7), and of
indented lines in README.md's Examples, by running them. "..." is kept. In
berth-recipes.7 a display is a script, with "# output" at its end; where one fails,
as where a program is missing, its output stays."""
import os, re, subprocess, sys, tempfile
env = dict(os.environ, LC_ALL="C.UTF-8", PATH=os.path.dirname(os.path.abspath(sys.argv[1])) + ":" + os.environ["PATH"])
for v in ("BERTH_MODEL", "BERTH_CPU"): env.pop(v, None)
def unroff(s):
    s = re.sub(r"^\\&", "", s).replace("\\-", "-")
    s = re.sub(r"\\\(.e", "é", s)
    s = re.sub(r"\\\[u([0-9A-F]{4,5})\]", lambda m: chr(int(m[1], 16)), s)
    return s.replace("\\e", "\\")
def roff(s):
    s = re.sub("[^\0-~]", lambda m: "\\[u%04X]" % ord(m[0]), s.replace("\\", "\\e"))
    return "\\&" + s if s[:1] in (".", "'") else s
def run(cmd, cwd):
    r = subprocess.run(["sh", "-c", cmd], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return r.stdout.decode().split("\n")[:-1]
def fill_recipes(page):
    cwd = tempfile.mkdtemp()
    def fill(m):
        script, old = re.fullmatch(r"(.*?)((?:^# [^\n]*\n)*)", m[2], re.M | re.S).groups()
        text = "".join(unroff(x) + "\n" for x in script.splitlines())
        r = subprocess.run(["bash", "-e"], input=text.encode(), cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if r.returncode: print(page, ": failed:", text, file=sys.stderr)
        new = "".join("# " + roff(x).removeprefix("\\&") + "\n" for x in r.stdout.decode().splitlines())
        return m[1] + script + (old if r.returncode or old == "# ...\n" else new) + ".Ed\n"
    text = open(page, encoding="utf-8").read()
    open(page, "w", encoding="utf-8").write(re.sub(r"^(\.Bd -literal[^\n]*\n)(.*?)^\.Ed\n", fill, text, flags=re.M | re.S))
for page in sys.argv[2:]:
    if page.endswith(("berth-recipes.7", "berth-scale.7")):
        fill_recipes(page)
        continue
    md = page.endswith(".md")
    cwd = tempfile.mkdtemp()
    out, on, display, old, command = [], page.endswith(".7"), False, [], None
    pre = "    " if md else ""
    def flush():
        global command, old
        if command is None: return
        got = run(command, cwd)
        tail = []
        if md:
            while old and old[-1] == "": tail.insert(0, old.pop())
        if old and unroff(old[-1].strip()) == "...":
            keep = len(old) - 1
            new = got[:keep] + ["\\&..." if not md else "..."]
            new = [roff(x) if not md else x for x in got[:keep]] + new[-1:]
        else:
            new = [x if md else roff(x) for x in got]
        if new != old: print(page, ":", command, file=sys.stderr)
        out.extend((pre + x).rstrip() if md else x for x in new)
        out.extend(tail)
        command, old = None, []
    for line in open(page, encoding="utf-8").read().split("\n"):
        if md:
            if line.startswith("## "):
                flush(); on = line == "## Examples"
            if on and line.startswith("    $ "):
                flush(); command = line[6:]; out.append(line); continue
            if on and command is not None and (line.startswith("    ") or line == ""):
                old.append(line[4:] if line else ""); continue
            flush(); out.append(line); continue
        if line.startswith(".Sh") and not page.endswith(".7"): on = line == ".Sh EXAMPLES"
        if line.startswith(".Ed"): flush(); display = False
        if on and display:
            t = unroff(line)
            if t.startswith("$ "): flush(); command = t[2:]; out.append(line)
            elif command is None: out.append(line)
            else: old.append(line)
            continue
        out.append(line)
        if line.startswith(".Bd -literal"): display = True
    open(page, "w", encoding="utf-8").write("\n".join(out))
