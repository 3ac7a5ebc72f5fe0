#!/usr/bin/env python3
"""Searching in a million vectors, beside FAISS's flat indexes and sqlite-vec.

    bench/search.py make BERTH FOLDER [LINES]
    bench/search.py BERTH FOLDER [ROUNDS [PEAK]]

make writes a random model of one layer and 384 numbers, random lines (default:
1,000,000) and 1,000 queries, the indexes of berth, and an SQLite database; that
takes minutes and 6 GB. It needs NumPy and safetensors; faiss-cpu, sqlite-vec and
apsw (an SQLite that loads extensions) where they are to be compared.

The other form times one query, and all queries at once, on 1 and 2 threads, in
turns, and prints the medians as TSV. berth's time is that of the command, from
start to exit, less that of the same command with one line; the others' is that
of a search in a process that holds its vectors in memory already. FAISS's
IndexBinaryFlat rounds the query, too: berth does not. rescored is binary with
--rescore 4. GB_s are those of the vectors that are compared; PEAK (bench/peak.c)
says first how fast this machine reads.
"""

import os
import random
import statistics
import subprocess
import sys
import time

import numpy

SIZE, WORDS, QUERIES, K = 384, 20000, 1000, 10
TYPES = {
    "float32": ["float32"],
    "int8": ["int8", "--ranges", "ranges.npy"],
    "binary": ["binary"],
    "rescored": ["binary", "--rescore", "4"],
}
BYTES = {"float32": 4 * SIZE, "int8": SIZE, "binary": SIZE // 8, "rescored": SIZE // 8}


def make_model(folder):
    from safetensors.numpy import save_file

    rng = numpy.random.default_rng(0)
    inner = 16
    shapes = {
        "embeddings.word_embeddings.weight": (WORDS + 5, SIZE),
        "embeddings.position_embeddings.weight": (64, SIZE),
        "embeddings.token_type_embeddings.weight": (2, SIZE),
        "embeddings.LayerNorm.weight": (SIZE,),
        "embeddings.LayerNorm.bias": (SIZE,),
    }
    layer = "encoder.layer.0."
    for name, n_in, n_out in (
        ("attention.self.query", SIZE, SIZE),
        ("attention.self.key", SIZE, SIZE),
        ("attention.self.value", SIZE, SIZE),
        ("attention.output.dense", SIZE, SIZE),
        ("intermediate.dense", SIZE, inner),
        ("output.dense", inner, SIZE),
    ):
        shapes[layer + name + ".weight"] = (n_out, n_in)
        shapes[layer + name + ".bias"] = (n_out,)
    for name in ("attention.output", "output"):
        shapes[layer + name + ".LayerNorm.weight"] = (SIZE,)
        shapes[layer + name + ".LayerNorm.bias"] = (SIZE,)
    tensors = {}
    for name, shape in shapes.items():
        spread = 1 if "word_embeddings" in name else 0.02
        tensors[name] = (rng.standard_normal(shape) * spread + name.endswith("Norm.weight")).astype("float32")
    os.makedirs(folder, exist_ok=True)
    save_file(tensors, folder + "/model.safetensors")
    with open(folder + "/config.json", "w") as out:
        out.write(
            '{"architectures": ["BertModel"], "model_type": "bert", "hidden_size": %d, "num_hidden_layers": 1, '
            '"num_attention_heads": 12, "intermediate_size": %d, "hidden_act": "gelu", "vocab_size": %d, '
            '"max_position_embeddings": 64, "type_vocab_size": 2}' % (SIZE, inner, WORDS + 5)
        )
    with open(folder + "/vocab.txt", "w") as out:
        out.write("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + ["w%dx" % i for i in range(WORDS)]))


def make_lines(path, n):
    with open(path, "w") as out:
        for _ in range(n):
            out.write(" ".join("w%dx" % random.randrange(WORDS) for _ in range(4)) + "\n")


def make_database(vectors):
    import apsw
    import sqlite_vec

    db = apsw.Connection("vectors.db")
    db.enable_load_extension(True)
    db.load_extension(sqlite_vec.loadable_path())
    db.execute("create virtual table v using vec0(x float[%d] distance_metric=cosine)" % SIZE)
    with db:
        db.executemany("insert into v(rowid, x) values (?, ?)", ((i, row.tobytes()) for i, row in enumerate(vectors)))


def make(berth, n):
    random.seed(0)
    make_model("model")
    make_lines("lines", n)
    make_lines("queries", QUERIES)
    make_lines("line", 1)
    with open("lines") as lines, open("some", "w") as some:
        some.writelines(lines.readline() for _ in range(20000))
    embed = [berth, "embed", "-m", "model", "--normalize", "--quiet"]
    save = ["--vector-type", "int8", "--save-ranges", "ranges.npy", "some"]
    subprocess.run(embed + save, check=True, stdout=subprocess.DEVNULL)
    for text in ("lines", "queries"):
        subprocess.run(embed + ["-f", "npy", "-o", text + ".npy", text], check=True)
    for kind in TYPES:
        search(berth, kind, 2, ["w1x"], "lines")
    if has("apsw") and has("sqlite_vec"):
        make_database(numpy.load("lines.npy", mmap_mode="r"))


def has(module):
    try:
        __import__(module)
    except ImportError:
        print("search.py: without %s" % module, file=sys.stderr)
        return False
    return True


def search(berth, kind, threads, what, text):
    """Seconds, and what was printed."""
    command = [berth, "search", "-m", "model", "-k", str(K), "-j", str(threads), "--quiet", "-f", "tsv"]
    command += ["--vector-type", *TYPES[kind], "--index", text + "." + kind, *what, text]
    begin = time.perf_counter()
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return time.perf_counter() - begin, out


def timed(run):
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def faiss_indexes():
    import faiss

    vectors = numpy.load("lines.npy", mmap_mode="r")
    bits = numpy.packbits(numpy.load("queries.npy") > 0, axis=1)
    queries = numpy.load("queries.npy")
    made = {
        "float32": faiss.IndexFlatIP(SIZE),
        "int8": faiss.IndexScalarQuantizer(SIZE, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT),
        "binary": faiss.IndexBinaryFlat(SIZE),
    }
    made["int8"].train(numpy.ascontiguousarray(vectors[:20000]))
    for i in range(0, len(vectors), 100000):
        some = numpy.ascontiguousarray(vectors[i : i + 100000])
        made["float32"].add(some)
        made["int8"].add(some)
        made["binary"].add(numpy.packbits(some > 0, axis=1))
    return faiss, {kind: (index, bits if kind == "binary" else queries) for kind, index in made.items()}


def sqlite_search():
    import apsw
    import sqlite_vec

    db = apsw.Connection("vectors.db")
    db.enable_load_extension(True)
    db.load_extension(sqlite_vec.loadable_path())
    query = numpy.load("queries.npy")[0].tobytes()
    return lambda: list(db.execute("select rowid from v where x match ? and k = ?", (query, K)))


def rounds_of(berth, rounds, first):
    times = {}
    faiss, indexes = faiss_indexes() if has("faiss") else (None, {})
    sqlite = sqlite_search() if os.path.exists("vectors.db") and has("apsw") else None
    ways = {1: [first], QUERIES: ["--queries", "queries"]}
    for _ in range(rounds):
        for threads in (1, 2):
            for kind in TYPES:
                for n, what in ways.items():
                    start = search(berth, kind, threads, what, "line")[0]
                    whole = search(berth, kind, threads, what, "lines")[0]
                    times.setdefault(("berth", kind, threads, n), []).append(whole - start)
                    times.setdefault(("berth, start to exit", kind, threads, n), []).append(whole)
                    if kind in indexes:
                        index, queries = indexes[kind]
                        faiss.omp_set_num_threads(threads)
                        seconds = timed(lambda: index.search(queries[:n], K))
                        times.setdefault(("faiss", kind, threads, n), []).append(seconds)
        if sqlite is not None:
            times.setdefault(("sqlite-vec", "float32", 1, 1), []).append(timed(sqlite))
    return times


def same_lines(berth, first):
    """How many of the best lines FAISS finds, too."""
    if not has("faiss"):
        return
    index, queries = faiss_indexes()[1]["float32"]
    rows = search(berth, "float32", 1, [first], "lines")[1].decode().splitlines()[1:]
    mine = {int(row.split("\t")[1]) - 1 for row in rows}
    print("# %d of the %d best lines are FAISS's, too" % (len(mine & set(index.search(queries[:1], K)[1][0])), K))


def main():
    making = sys.argv[1] == "make"
    berth, folder, *more = sys.argv[2 if making else 1 :]
    berth = os.path.abspath(berth)
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    os.environ["XDG_CACHE_HOME"] = os.path.abspath("cache")
    if making:
        make(berth, int(more[0]) if more else 1000000)
        return
    with open("queries") as queries:
        first = queries.readline().strip()
    n = len(numpy.load("lines.npy", mmap_mode="r"))
    print("what\ttype\tthreads\tqueries\tms\tGB_s")
    if len(more) > 1:
        peaks = subprocess.run([more[1], "2"], check=True, stdout=subprocess.PIPE, text=True).stdout
        for name, threads, value, _ in map(str.split, peaks.splitlines()):
            if name == "read":
                print("read\t\t%s\t\t\t%s" % (threads, value))
    for (what, kind, threads, queries), seconds in rounds_of(berth, int(more[0]) if more else 5, first).items():
        median = statistics.median(seconds)
        print("%s\t%s\t%d\t%d\t%.1f\t%.1f" % (what, kind, threads, queries, 1e3 * median, n * BYTES[kind] / median / 1e9))
    same_lines(berth, first)


main()
