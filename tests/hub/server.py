#!/usr/bin/env python3
"""A model hub for tests: it answers as huggingface.co does, and fails if told.

    server.py REPOS LOG FAULTS [CERTIFICATE KEY]

serves the folders below REPOS on two ports of 127.0.0.1 and prints them, the
hub's and its CDN's, when both are open; with a certificate and its key, a third
one is the hub's over TLS. It ends with SIGTERM.

REPOS/ORG/NAME holds one folder for each commit, named as one likes; the hash of
the commit is made from that name. A branch is the folder of its name, or what
"refs" of REPOS/ORG/NAME.json says. All keys of that file:

    refs      {"main": "second", "refs/pr/1": "first"}
    private   tokens that may see the repository, others are told of none
    gated     tokens that may read its files; the listing is open
    renamed   "ORG/NAME" where it is now

LOG gets a JSON object a line for each request, before it is answered. FAULTS is
read at each request; each line of it is a rule:

    path      regular expression that the path and query must match
    method    GET or HEAD; default: both
    server    "hub" or "cdn"; default: both
    times     how many requests it serves; default: all
    skip      how many it leaves alone first

and any of

    drop      closes the connection instead of an answer
    stall     bytes of the body after which nothing more comes
    cut       bytes of the body after which the connection is closed
    slow      [bytes, seconds]: pauses after each so many bytes
    until     name of a file: pauses in the middle until it is there
    flip      offset of the byte that is wrong
    resize    bytes that the file has here, cut or filled up with zeros
    unsized   no Content-Length, the end of the connection ends the body
    chunked   broken: the length of the first chunk is no number
    norange   the whole file in place of a part
    shift     the part begins so many bytes later, and says so
    status    of an error, with "code" and "message" for the X-Error headers
    body      text in place of what was asked for
    redirect  address to go to; "" is the same one again
    headers   {"NAME": "value"}; null takes a header away
    add       more entries of the listing, as /api/models lists files
    merge     keys of the listing itself
"""

import gzip
import hashlib
import json
import os
import re
import signal
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, unquote, urlsplit

REPOS, LOG, FAULTS = sys.argv[1:4]
CERTIFICATE = sys.argv[4:6]
LARGE = (".bin .gguf .h5 .model .msgpack .npz .onnx .ot .pb .pt .pth "
         ".safetensors .zip").split()  # what .gitattributes puts into LFS
PAGE = 1000  # entries of one page of /tree
lock = threading.Lock()
uses = {}  # how often each rule was met, since FAULTS changed
rules = ""


def settings(name):
    """What REPOS/ORG/NAME.json says, or None where there is no repository."""
    path = os.path.join(REPOS, *name.split("/"))
    if os.path.exists(path + ".json"):
        with open(path + ".json") as f:
            return json.load(f)
    return {} if os.path.isdir(path) else None


def commit_of(name, folder):
    return hashlib.sha1(f"{name} {folder}".encode()).hexdigest()


def find_commit(name, revision):
    """The hash and the folder of a revision, or None."""
    top = os.path.join(REPOS, *name.split("/"))
    folders = sorted(os.listdir(top))
    refs = {f: f for f in folders} | settings(name).get("refs", {})
    for folder in folders:
        if revision == commit_of(name, folder):
            return revision, os.path.join(top, folder)
    if revision in refs:
        return (commit_of(name, refs[revision]),
                os.path.join(top, refs[revision]))
    return None


def describe(folder, path):
    """Size, git id and, for a large file, SHA-256 of a file."""
    with open(os.path.join(folder, path), "rb") as f:
        data = f.read()
    info = {"path": path, "size": len(data)}
    if os.path.splitext(path)[1] in LARGE:
        info["sha256"] = hashlib.sha256(data).hexdigest()
        info["pointer"] = (b"version https://git-lfs.github.com/spec/v1\n"
                           b"oid sha256:%s\nsize %d\n"
                           % (info["sha256"].encode(), len(data)))
    stored = info.get("pointer", data)
    git = b"blob %d\0%s" % (len(stored), stored)
    info["oid"] = hashlib.sha1(git).hexdigest()
    return info


def files(folder):
    for top, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            yield os.path.relpath(os.path.join(top, name), folder)


def rule_for(handler):
    """The first rule of FAULTS that this request meets."""
    global rules
    with lock:
        try:
            with open(FAULTS) as f:
                text = f.read()
        except FileNotFoundError:
            text = ""
        if text != rules:
            rules = text
            uses.clear()
        for line in filter(None, text.splitlines()):
            rule = json.loads(line)
            if (not re.search(rule.get("path", ""), handler.path)
                    or rule.get("method", handler.command) != handler.command
                    or rule.get("server", handler.role) != handler.role):
                continue
            n = uses[line] = uses.get(line, 0) + 1
            n -= rule.get("skip", 0)
            if 0 < n <= rule.get("times", n):
                return rule
    return {}


class Broken(Exception):
    """The rule says that this connection ends here."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    role = "hub"

    def setup(self):
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, *args):
        pass

    def do_GET(self):
        self.proxied = None
        if "://" in self.path:  # the client takes this server for its proxy
            url = urlsplit(self.path)
            self.proxied = url.netloc
            if url.port == ports["cdn"]:
                self.role = "cdn"
            self.path = self.path[len(url.scheme + "://" + url.netloc):]
        self.rule = rule_for(self)
        self.url = urlsplit(self.path)
        self.query = parse_qs(self.url.query)
        try:
            self.answer_rule() or self.answer()
        except (Broken, ConnectionError):
            self.close_connection = True
            try:
                self.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    do_HEAD = do_GET

    def note(self, status):
        entry = {"server": self.role, "method": self.command,
                 "path": self.path, "status": status}
        for name in "Range", "If-Range", "Authorization", "User-Agent":
            if name in self.headers:
                entry[name.lower()] = self.headers[name]
        if self.proxied:
            entry["proxied"] = self.proxied
        with lock, open(LOG, "a") as f:
            f.write(json.dumps(entry) + "\n")

    def answer_rule(self):
        """What a rule says in place of an answer; True when it did."""
        rule = self.rule
        if rule.get("drop"):
            self.note(0)
            raise Broken
        if "redirect" in rule:
            self.send(302, b"", {"Location": rule["redirect"] or self.path})
        elif "status" in rule:
            self.fail(rule["status"], rule.get("code"),
                      rule.get("message", "an error on demand"))
        elif "body" in rule:
            self.send(200, rule["body"].encode(), {"Content-Type": "text/html"})
        else:
            return False
        return True

    def fail(self, status, code, message, headers=None):
        errors = {"X-Error-Message": message} | (headers or {})
        if code:
            errors["X-Error-Code"] = code
        self.send(status, json.dumps({"error": message}).encode(), errors)

    def send(self, status, body, headers):
        """One answer, with what the rule changes of it."""
        rule = self.rule
        sent = {"Content-Type": "application/json; charset=utf-8",
                "Content-Length": str(len(body))} | headers
        if "unsized" in rule:
            del sent["Content-Length"]
            sent["Connection"] = "close"
        if "chunked" in rule or sent.get("Transfer-Encoding"):
            sent.pop("Content-Length", None)
            sent["Transfer-Encoding"] = "chunked"
        for name, value in rule.get("headers", {}).items():
            sent.pop(name, None)
            if value is not None:
                sent[name] = value
        self.note(status)
        self.send_response(status)
        for name, value in sent.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if "chunked" in rule:
            self.wfile.write(b"zz\r\n")
            raise Broken
        if "Transfer-Encoding" in sent:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        self.send_body(body)
        if "unsized" in rule:
            raise Broken

    def send_body(self, body):
        rule = self.rule
        step, pause = rule.get("slow", [1 << 16, 0])
        end = min(len(body), rule.get("cut", len(body)),
                  rule.get("stall", len(body)))
        if "until" in rule:
            step = (end + 1) // 2
        for at in range(0, end, step):
            while at > 0 and not os.path.exists(rule.get("until", "/")):
                time.sleep(0.05)
            self.wfile.write(body[at:min(at + step, end)])
            self.wfile.flush()
            time.sleep(pause)
        if "stall" in rule:
            self.connection.settimeout(600)
            self.connection.recv(1)  # until the client has had enough
            raise Broken
        if "cut" in rule:
            raise Broken

    def send_file(self, folder, path, headers):
        """A file or the part of it that the request wants."""
        with open(os.path.join(folder, path), "rb") as f:
            data = bytearray(f.read())
        rule, status = self.rule, 200
        if "flip" in rule:
            data[rule["flip"]] ^= 1
        if "resize" in rule:
            data = data[:rule["resize"]].ljust(rule["resize"], b"\0")
        headers = {"Content-Type": "application/octet-stream",
                   "Accept-Ranges": "bytes"} | headers
        part = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, headers["ETag"])
        if part and same and "norange" not in rule:
            first = int(part[1]) + rule.get("shift", 0)
            last = min(int(part[2] or len(data)), len(data) - 1)
            if first >= len(data):
                return self.fail(416, None, "Range Not Satisfiable",
                                 {"Content-Range": f"bytes */{len(data)}"})
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            data, status = data[first:last + 1], 206
        elif (self.role == "hub" and path.endswith((".json", ".txt"))
              and "gzip" in self.headers.get("Accept-Encoding", "")):
            data = gzip.compress(bytes(data))
            headers |= {"Content-Encoding": "gzip",
                        "Transfer-Encoding": "chunked"}
        self.send(status, bytes(data), headers)

    def answer(self):
        for pattern, answer in self.routes[self.role]:
            found = re.fullmatch(pattern, self.url.path)
            if found:
                groups = {k: v and unquote(v)
                          for k, v in found.groupdict().items()}
                return answer(self, **groups)
        self.fail(404, None,
                  "Sorry, we can't find the page you are looking for.")

    def token(self):
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def find(self, name, revision, route):
        """The commit of a revision that this client may see, else None after
        an answer."""
        repo = settings(name)
        if self.token().startswith("hf_invalid"):
            return self.fail(401, None,
                             "Invalid credentials in Authorization header")
        if repo and "renamed" in repo:
            where = self.url.path.replace(name, repo["renamed"], 1)
            if self.url.query:
                where += "?" + self.url.query
            return self.send(307, b"", {"Location": where})
        if repo is None or self.token() not in repo.get("private",
                                                        [self.token()]):
            if self.token():
                return self.fail(404, "RepoNotFound", "Repository not found")
            return self.fail(401, "RepoNotFound",
                             "Invalid username or password.")
        gated = repo.get("gated", [self.token()])
        if route == "resolve" and self.token() not in gated:
            if self.token():
                return self.fail(
                    403, "GatedRepo",
                    f"Access to model {name} is restricted and you are not in "
                    f"the authorized list. Visit https://huggingface.co/{name} "
                    "to ask for access.")
            return self.fail(
                401, "GatedRepo",
                f"Access to model {name} is restricted. You must have access "
                "to it and be authenticated to access it. Please log in.")
        commit = find_commit(name, revision)
        if commit is None:
            return self.fail(404, "RevisionNotFound",
                             f"Invalid rev id: {revision}")
        return commit

    def answer_model(self, name, revision=None):
        commit = self.find(name, revision or "main", "api")
        if commit is None:
            return
        siblings = []
        for path in files(commit[1]):
            entry = {"rfilename": path}
            if "blobs" in self.query:
                info = describe(commit[1], path)
                entry |= {"size": info["size"], "blobId": info["oid"]}
                if "sha256" in info:
                    entry["lfs"] = {"sha256": info["sha256"],
                                    "size": info["size"],
                                    "pointerSize": len(info["pointer"])}
            siblings.append(entry)
        repo = settings(name)
        listing = {"_id": commit[0][:24], "id": name, "modelId": name,
                   "sha": commit[0], "private": "private" in repo,
                   "gated": "manual" if "gated" in repo else False,
                   "disabled": False, "downloads": 1, "likes": 0, "tags": [],
                   "siblings": siblings + self.rule.get("add", [])}
        listing |= self.rule.get("merge", {})
        self.send(200, json.dumps(listing).encode(), {})

    def answer_tree(self, name, revision, folder=None):
        commit = self.find(name, revision, "api")
        if commit is None:
            return
        entries, seen = [], set()
        for path in files(commit[1]):
            if folder and not path.startswith(folder + "/"):
                continue
            rest = path[len(folder) + 1:] if folder else path
            parts = path[:len(path) - len(rest)] + rest.split("/")[0]
            if "/" in rest and parts not in seen:
                seen.add(parts)
                entries.append({
                    "type": "directory", "path": parts, "size": 0,
                    "oid": hashlib.sha1(parts.encode()).hexdigest()})
            if "/" in rest and self.query.get("recursive", [""])[0].lower() \
                    not in ("true", "1"):
                continue
            info = describe(commit[1], path)
            entry = {"type": "file", "path": path, "size": info["size"],
                     "oid": info["oid"]}
            if "sha256" in info:
                entry["lfs"] = {"oid": info["sha256"], "size": info["size"],
                                "pointerSize": len(info["pointer"])}
            entries.append(entry)
        entries += self.rule.get("add", [])
        limit = int(self.query.get("limit", [PAGE])[0])
        at = int(self.query.get("cursor", [0])[0])
        headers = {}
        if at + limit < len(entries):
            query = "&".join(f"{k}={quote(v[0])}" for k, v in self.query.items()
                             if k != "cursor")
            headers["Link"] = (f'<http://{self.headers["Host"]}{self.url.path}?'
                               f'{query}&cursor={at + limit}>; rel="next"')
        self.send(200, json.dumps(entries[at:at + limit]).encode(), headers)

    def find_file(self, name, revision, path):
        """The commit and the file's headers, else None after an answer."""
        commit = self.find(name, revision, "resolve")
        if commit is None:
            return None
        if path not in files(commit[1]):
            return self.fail(404, "EntryNotFound", "Entry not found",
                             {"X-Repo-Commit": commit[0]})
        return commit

    def answer_resolve(self, name, revision, path):
        """A large file is a signed address of the CDN, a small one an address
        here that names its commit."""
        commit = self.find_file(name, revision, path)
        if commit is None:
            return
        info = describe(commit[1], path)
        etag = info.get("sha256", info["oid"])
        if "sha256" in info:
            status = 302
            where = (f"http://127.0.0.1:{ports['cdn']}/repos/{quote(name)}/"
                     f"{commit[0]}/{quote(path)}"
                     f"?Expires=1&Signature={etag[:8]}")
        else:
            status = 307
            where = (f"/api/resolve-cache/models/{name}/{commit[0]}/"
                     f"{quote(path)}?etag=%22{etag}%22")
        self.send(status, b"", {
            "Location": where, "X-Repo-Commit": commit[0],
            "X-Linked-Size": str(info["size"]), "X-Linked-ETag": f'"{etag}"',
            "Accept-Ranges": "bytes", "Content-Type": "text/plain"})

    def answer_cached(self, name, revision, path):
        commit = self.find_file(name, revision, path)
        if commit is not None:
            etag = describe(commit[1], path)["oid"]
            self.send_file(commit[1], path, {"ETag": f'"{etag}"',
                                             "X-Repo-Commit": commit[0]})

    def answer_signed(self, name, revision, path):
        """The CDN's address of a large file is signed: as S3 does, it refuses
        a request that has a token too. Its ETag is not the file's hash."""
        if "Authorization" in self.headers:
            return self.fail(400, None, "Only one auth mechanism allowed")
        if "Signature" not in self.query:
            return self.fail(403, None, "Missing Key-Pair-Id")
        _, folder = find_commit(name, revision)
        etag = hashlib.md5(describe(folder, path)["oid"].encode()).hexdigest()
        self.send_file(folder, path, {"ETag": f'"{etag}-1"'})

    NAME = r"(?P<name>[^/]+(/[^/]+)?)"
    COMMIT = r"(?P<revision>[0-9a-f]{40})/(?P<path>.+)"
    routes = {
        "hub": [
            (rf"/api/models/{NAME}", answer_model),
            (rf"/api/models/{NAME}/revision/(?P<revision>[^/]+)", answer_model),
            (rf"/api/models/{NAME}/tree/(?P<revision>[^/]+)(/(?P<folder>.+))?",
             answer_tree),
            (rf"/api/resolve-cache/models/{NAME}/{COMMIT}", answer_cached),
            (rf"/{NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)",
             answer_resolve),
        ],
        "cdn": [(rf"/repos/{NAME}/{COMMIT}", answer_signed)],
    }


class CDN(Handler):
    role = "cdn"


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


ends = {signal.SIGTERM, signal.SIGINT}
signal.pthread_sigmask(signal.SIG_BLOCK, ends)
servers = {"hub": Server(("127.0.0.1", 0), Handler),
           "cdn": Server(("127.0.0.1", 0), CDN)}
if CERTIFICATE:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*CERTIFICATE)
    servers["tls"] = Server(("127.0.0.1", 0), Handler)
    servers["tls"].socket = context.wrap_socket(servers["tls"].socket,
                                                server_side=True)
ports = {role: server.server_port for role, server in servers.items()}
for server in servers.values():
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(*ports.values(), flush=True)
signal.sigwait(ends)
