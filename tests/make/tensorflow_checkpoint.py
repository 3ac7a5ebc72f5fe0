#!/usr/bin/env python3
"""tensorflow_checkpoint.py FOLDER OUT [NAME] [SHARDS] - a BERT of Hugging Face, model.safetensors in
float32, as Google published it in 2018: OUT/bert_config.json, OUT/vocab.txt and the checkpoint NAME
(bert_model.ckpt) in SHARDS files (1), with the slots of an optimizer beside some variables.

Only Python's library; TensorFlow's own reader was not at hand, but the files of
github.com/CyberZHG/keras-bert, which TensorFlow wrote, are read the same way."""
import array
import json
import os
import re
import shutil
import struct
import sys

TABLE = []
for i in range(256):
    for _ in range(8):
        i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
    TABLE.append(i)


def masked_crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    crc ^= 0xFFFFFFFF
    return (crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF


def varint(n):
    return bytes([n & 127 | 128]) + varint(n >> 7) if n > 127 else bytes([n])


def number(key, value):
    """A field of protobuf; 0 is left out, as TensorFlow does."""
    return varint(key << 3) + varint(value) if value else b""


def message(key, value):
    return varint(key << 3 | 2) + varint(len(value)) + value


def block(entries, restart_interval=16):
    """The entries of a block of LevelDB, and what follows them."""
    out, restarts, last = b"", [], b""
    for i, (key, value) in enumerate(entries):
        shared = 0
        if i % restart_interval == 0:
            restarts.append(len(out))
        else:
            shared = len(os.path.commonprefix([key, last]))
        out += (varint(shared) + varint(len(key) - shared) + varint(len(value)) +
                key[shared:] + value)
        last = key
    restarts = restarts or [0]
    out += struct.pack("<%dI" % (len(restarts) + 1), *restarts, len(restarts))
    return out


def table(entries, block_entries=64):
    """A sorted table; block_entries go into a block."""
    out, index = b"", []

    def add(data):
        nonlocal out
        handle = varint(len(out)) + varint(len(data))
        out += data + b"\0" + struct.pack("<I", masked_crc32c(data + b"\0"))
        return handle

    for i in range(0, len(entries), block_entries):
        part = entries[i:i + block_entries]
        index.append((part[-1][0], add(block(part))))
    handles = add(block([])) + add(block(index, 1))
    return out + handles.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)


def checkpoint(variables, shards=1):
    """The index and the data files of {name: (shape, bytes of float32)}; those are in order."""
    entries = [(b"", number(1, shards) + message(3, number(1, 1)))]
    data = [[] for _ in range(shards)]
    sizes = [0] * shards
    for i, (name, (shape, values)) in enumerate(sorted(variables.items())):
        at = i % shards
        dims = b"".join(message(2, number(1, n)) for n in shape)
        entries.append((name.encode(), number(1, 1) + message(2, dims) + number(3, at) +
                        number(4, sizes[at]) + number(5, len(values)) +
                        b"\x35" + struct.pack("<I", masked_crc32c(values))))
        data[at].append(values)
        sizes[at] += len(values)
    return table(entries), [b"".join(parts) for parts in data]


def variable_name(name):
    """What Google called a weight; whether it is transposed there."""
    name = re.sub(r"^(?!bert\.|cls\.)", "bert.", name)
    name = re.sub(r"\.layer\.(\d+)\.", r".layer_\1.", name)
    for ours, theirs in (("LayerNorm.weight", "LayerNorm.gamma"), ("LayerNorm.bias", "LayerNorm.beta"),
                         ("_embeddings.weight", "_embeddings"), ("cls.predictions.bias", "cls.predictions.output_bias"),
                         ("seq_relationship.weight", "seq_relationship.output_weights"),
                         ("seq_relationship.bias", "seq_relationship.output_bias")):
        if name.endswith(ours):
            return name[:-len(ours)].replace(".", "/") + theirs.replace(".", "/"), False
    if name.endswith(".weight"):
        return name[:-len("weight")].replace(".", "/") + "kernel", True
    return name.replace(".", "/"), False


def transpose(values, rows, columns):
    floats = array.array("f", values)
    out = array.array("f", bytes(len(values)))
    for i in range(rows):
        out[i::rows] = floats[i * columns:(i + 1) * columns]
    return out.tobytes()


def read_safetensors(path):
    with open(path, "rb") as f:
        size, = struct.unpack("<Q", f.read(8))
        header = json.loads(f.read(size))
        data = f.read()
    header.pop("__metadata__", None)
    for name, info in header.items():
        begin, end = info["data_offsets"]
        if info["dtype"] == "F32":
            yield name, info["shape"], data[begin:end]


def variables_of(tensors):
    out = {"global_step": ([], bytes(4))}
    for name, shape, values in tensors:
        if name.startswith("cls.predictions.decoder."):
            continue  # tied there
        name, transposed = variable_name(name)
        if transposed:
            values, shape = transpose(values, *shape), shape[::-1]
        out[name] = (shape, values)
        if len(shape) == 1:
            out[name + "/adam_m"] = out[name + "/adam_v"] = (shape, bytes(len(values)))
    return out


def main():
    folder, out, name, shards = (sys.argv[1:] + ["bert_model.ckpt", "1"][len(sys.argv) - 3:])[:4]
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(folder, "config.json")) as f:
        config = json.load(f)
    with open(os.path.join(out, "bert_config.json"), "w") as f:
        json.dump({k: config[k] for k in (
            "attention_probs_dropout_prob", "hidden_act", "hidden_dropout_prob", "hidden_size",
            "initializer_range", "intermediate_size", "max_position_embeddings", "num_attention_heads",
            "num_hidden_layers", "type_vocab_size", "vocab_size")}, f, indent=2)
    shutil.copy(os.path.join(folder, "vocab.txt"), out)
    index, data = checkpoint(variables_of(read_safetensors(os.path.join(folder, "model.safetensors"))),
                             int(shards))
    for end, content in [(".index", index)] + [
            (".data-%05d-of-%05d" % (i, len(data)), part) for i, part in enumerate(data)]:
        with open(os.path.join(out, name + end), "wb") as f:
            f.write(content)


if __name__ == "__main__":
    main()
