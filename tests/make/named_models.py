#!/usr/bin/env python3
"""Makes a tiny random folder in the shape of each named model, and compares.

    BERTH_REFERENCE=... tests/make/named_models.py [--berth build/berth]
        [--out DIR] [--keep] [NAME ...]

Needs the Python packages torch, transformers 5.24, sentence-transformers 6.2,
sentencepiece, and $BERTH_REFERENCE, the folder with golden/ (whose
programs train the tokenizers) and data/text.  NAME is a part of a name of
tests/data/named-models.tsv; default: all.  Prints a line for each: whether berth
does what that table claims; the claim; what it says of the folder as it is on the
hub; how far hidden states, attention weights and vectors are from the reference,
as a multiple of what is allowed (2e-5, or twice the reference's own distance from
float64), and which tokens, words for a mask or labels differ.  The exit status is 1
when a line is not ok."""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import types
import warnings
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
REFERENCE = Path(os.environ["BERTH_REFERENCE"])
sys.path.insert(0, str(REFERENCE / "golden"))
sys.modules["gguf"] = types.ModuleType("gguf")  # of other parts of make_families
warnings.filterwarnings("ignore")
import make_families as mf  # noqa: E402
import make_golden  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
import transformers  # noqa: E402
from named_shapes import SHAPES  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from sentence_transformers import SentenceTransformer  # noqa: E402
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers  # noqa: E402
from transformers import AutoModel, AutoTokenizer, pipeline  # noqa: E402

HERE = Path(__file__).resolve().parent
LIMIT = 64
PADDED = ("Nomic", "Jina", "DebertaV2", "Gte")   # rows without a token, up to a round number
BERT_TOKENS = ("uncased", "cased")
DENSE = "torch.nn.modules.activation.Tanh"
mf.INPUTS = json.loads((REFERENCE / "golden/families/inputs.json").read_text(encoding="utf-8"))
make_golden.PIECES_DIR = REFERENCE / "golden"
SMALL = dict(size=700, text="multi", charsmap="nmt_nfkc")
mf.INPUTS["toks"].update({
    "roberta-files": dict(kind="roberta", size=470, text="english", files="vocab.json"),
    "xlmr": dict(SMALL, kind="xlmr", mask_normalized=True),
    "xlmr-spm": dict(SMALL, kind="xlmr", files="sentencepiece.bpe.model"),
    "xlmr-bge": dict(SMALL, kind="xlmr_plain", form="bge"),
    "xlmr-minilm": dict(SMALL, kind="xlmr_plain", old=["metaspace"]),
    "deberta-spm": dict(SMALL, kind="deberta", files="spm.model"),
    "deberta-v4": dict(SMALL, kind="deberta_v4"),
})


def texts():
    pud = make_golden.lines_of("pud.txt")
    udhr = [t for t in make_golden.lines_of("udhr.txt") if t.strip()]
    return pud[5::1700][:9] + udhr[7::1500][:7] + [
        "The cat sat on the mat.", "", "  Two  blanks, a\u00a0non-breaking one and \u200b none ",
        "Ünïcödé naïve Straße İstanbul ǅ ﬁ ①", "人人生而自由 👍🏽 한국어 हिन्दी"]


# ------------------------------------------------------------ the tokenizers
def char_bpe(size, specials):
    t = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    t.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(mf.corpus("english"), trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, end_of_word_suffix="</w>", show_progress=False))
    d = json.loads(t.to_str())["model"]
    return d["vocab"], [tuple(m) for m in d["merges"]]


def write_char_bpe(kind, d):
    """vocab.json and merges.txt of HerBERT, or vocab.txt and bpe.codes of fastBPE."""
    vocab, merges = char_bpe(600, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    if kind == "herbert":
        dump(d / "vocab.json", vocab)
        (d / "merges.txt").write_text("#version: 0.2\n" + "".join("%s %s\n" % m for m in merges))
    else:
        words = [w[:-4] if w.endswith("</w>") else w + "@@" for w in list(vocab)[5:]]
        (d / "vocab.txt").write_text("".join(w + " 1\n" for w in words))
        (d / "bpe.codes").write_text("".join("%s %s 1\n" % m for m in merges))
    name = {"herbert": "HerbertTokenizer", "phobert": "PhobertTokenizer", "bertweet": "BertweetTokenizer"}
    dump(d / "tokenizer_config.json", {"tokenizer_class": name[kind], "model_max_length": LIMIT})


def write_mecab(d):
    write_bert_tokens("cased-files", d)
    edit_json(d / "tokenizer_config.json", tokenizer_class="BertJapaneseTokenizer", word_tokenizer_type="mecab",
              subword_tokenizer_type="wordpiece", mecab_kwargs={"mecab_dic": "unidic_lite"})


def write_bert_tokens(kind, d):
    base, _, form = kind.partition("-")
    cased = base == "cased"
    vocab = make_golden.tiny_vocab(cased, 440, "start")
    make_golden.write_tokenizer(d, vocab, cased, "vocab" if form == "files" else "both", LIMIT,
                                "DistilBertTokenizer" if form == "distil" else "BertTokenizer")
    if form == "marks":
        edit_json(d / "tokenizer_config.json", strip_accents=False)
    if form == "files" and not cased:
        (d / "tokenizer_config.json").unlink()


def write_tokens(kind, d):
    if kind.partition("-")[0] in BERT_TOKENS:
        write_bert_tokens(kind, d)
    elif kind in ("herbert", "phobert", "bertweet"):
        write_char_bpe(kind, d)
    elif kind == "mecab":
        write_mecab(d)
    elif kind == "roberta-own":     # a class that is code of the repository
        mf.save_tokenizer("roberta", d, LIMIT)
        edit_json(d / "tokenizer_config.json", tokenizer_class="PreTrainedTokenizerFast")
    else:
        mf.save_tokenizer(kind, d, LIMIT)
    version4(d)


def version4(d):
    """tokenizer_config.json as transformers 4 wrote it: the added tokens are in it."""
    f = d / "tokenizer_config.json"
    if not f.exists() or not (d / "tokenizer.json").exists():
        return
    keep = ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
    added = {str(t["id"]): {k: t[k] for k in keep}
             for t in json.loads((d / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]}
    c = json.loads(f.read_text(encoding="utf-8"))
    special = {k: v["content"] if isinstance(v, dict) else v for k, v in c.items() if k.endswith("_token") and v}
    dump(d / "special_tokens_map.json", special)
    dump(f, dict({k: v for k, v in c.items() if k != "backend"}, **special, added_tokens_decoder=added,
                 clean_up_tokenization_spaces=True))


# ------------------------------------------- what the hub's folders are like
def dump(path, x):
    path.write_text(json.dumps(x, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def edit_json(path, drop=(), **keys):
    c = json.loads(path.read_text(encoding="utf-8"))
    for k in drop:
        c.pop(k, None)
    dump(path, dict(c, **keys))


def rename(d, change):
    f = d / "model.safetensors"
    save_file({change(k): v for k, v in load_file(f).items()}, f, metadata={"format": "pt"})


def old_names(d):
    f = d / "model.safetensors"
    save_file(make_golden.old_names(load_file(f)), f, metadata={"format": "pt"})


def gte(model_type, prefix, **keys):
    def edit(d):
        rename(d, lambda k: prefix + k.removeprefix("gte.") if "lm_head" not in k else k)
        c = json.loads((d / "config.json").read_text())
        theta = c.pop("rope_parameters")["rope_theta"] / keys.get("rope_scaling", {"factor": 1})["factor"]
        dump(d / "config.json", dict(
            c, model_type=model_type, architectures=["NewModel"], rope_theta=theta, pack_qkv=True,
            layer_norm_type="layer_norm", position_embedding_type="rope", logn_attention_scale=False,
            logn_attention_clip1=False, unpad_inputs=False, use_memory_efficient_attention=False,
            auto_map={"AutoModel": "Alibaba-NLP/new-impl--modeling.NewModel"}, **keys))
    return edit


def flash_xlmr(d):
    f = d / "model.safetensors"
    sd = {"roberta." + k: v for k, v in load_file(f).items()}
    emb = sd["roberta.embeddings.word_embeddings.weight"]
    sd["roberta.embeddings.position_embeddings.weight"] = emb[:LIMIT].clone()
    save_file(sd, f, metadata={"format": "pt"})
    edit_json(d / "config.json", ["rope_parameters"], model_type="xlm-roberta",
              architectures=["XLMRobertaForSequenceClassification"], use_flash_attn=True,
              auto_map={"AutoModel": "jinaai/xlm-roberta-flash-implementation"})


def to_bin(d):
    for f in d.rglob("model.safetensors"):
        torch.save(dict(load_file(f)), f.with_name("pytorch_model.bin"))
        f.unlink()


EDITS = {
    "old_names": old_names,
    "modernbert_hub": lambda d: mf.hub_form("modernbert", d),
    "nomic_hub": lambda d: mf.hub_form("nomic", d),
    "nomic_moe": lambda d: edit_json(d / "config.json", num_experts=8, moe_top_k=2, moe_every_n_layers=2),
    "gte_new": gte("new", "new.", rope_scaling={"type": "ntk", "factor": 8.0}),
    "gte_arctic": gte("gte", ""),
    "relative_key_query": lambda d: edit_json(d / "config.json", position_embedding_type="relative_key_query"),
    "no_model_type": lambda d: edit_json(d / "config.json", ["model_type"]),
    "no_eps": lambda d: edit_json(d / "config.json", ["layer_norm_eps"]),
    "no_legacy": lambda d: edit_json(d / "config.json", ["legacy"]),
    "flash_xlmr": flash_xlmr,
    "jina_v3_lora": lambda d: edit_json(d / "config.json", ["rope_parameters"], model_type="xlm-roberta",
                                        architectures=["XLMRobertaModel"], rotary_emb_base=20000.0,
                                        position_embedding_type="rotary", lora_rank=4, use_flash_attn=True),
}


def write_sentence(st, d, hidden, seed):
    """The modules, as sentence-transformers 2 and 3 (SPLADE: 5) wrote them."""
    if st["pool"] == "splade":
        sparse = "sentence_transformers.sparse_encoder.models."
        (d / "1_SpladePooling").mkdir()
        dump(d / "1_SpladePooling/config.json", {"pooling_strategy": "max", "activation_function": "relu",
                                                 "word_embedding_dimension": None})
        dump(d / "modules.json", [
            {"idx": 0, "name": "0", "path": "", "type": sparse + "MLMTransformer"},
            {"idx": 1, "name": "1", "path": "1_SpladePooling", "type": sparse + "SpladePooling"}])
        return
    g = torch.Generator().manual_seed(seed)
    kinds = [("", "Transformer"), ("1_Pooling", "Pooling")]
    (d / "1_Pooling").mkdir()
    dump(d / "1_Pooling/config.json", {
        "word_embedding_dimension": hidden, "pooling_mode_cls_token": st["pool"] == "cls",
        "pooling_mode_mean_tokens": st["pool"] == "mean", "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False})
    if "dense" in st:
        kinds.append(("2_Dense", "Dense"))
        (d / "2_Dense").mkdir()
        dump(d / "2_Dense/config.json", {"in_features": hidden, "out_features": st["dense"], "bias": True,
                                         "activation_function": DENSE})
        save_file({"linear.weight": torch.randn(st["dense"], hidden, generator=g) / hidden**0.5,
                   "linear.bias": torch.randn(st["dense"], generator=g) * 0.2}, d / "2_Dense/model.safetensors")
    if st.get("norm"):
        kinds.append(("%d_Normalize" % len(kinds), "Normalize"))
    dump(d / "modules.json", [{"idx": i, "name": str(i), "path": p, "type": "sentence_transformers.models." + k}
                              for i, (p, k) in enumerate(kinds)])
    dump(d / "sentence_bert_config.json", {"max_seq_length": st.get("max", LIMIT), "do_lower_case": False})
    if "prompts" in st:
        dump(d / "config_sentence_transformers.json", {
            "__version__": {"sentence_transformers": "3.0.0", "transformers": "4.41.0", "pytorch": "2.3.0"},
            "prompts": st["prompts"], "default_prompt_name": None})


# ------------------------------------------------------------ the references
class JinaBert:
    """Mean of the last hidden states, by golden/make_families.py's encoder."""

    def __init__(self, d, tok, st):
        self.c = json.loads((d / "config.json").read_text())
        self.sd = {k: v.float() for k, v in load_file(d / "model.safetensors").items()}
        self.tok, self.norm, self.limit, self.prompts = tok, st and st.get("norm"), LIMIT, []

    def forward(self, e, double):
        sd = {k: v.double() if double else v for k, v in self.sd.items()}
        ids = torch.tensor(e["input_ids"])
        h, a = mf.jina_forward(self.c, sd, ids, torch.zeros_like(ids))
        return h[-1], a

    def vector(self, text, double, prompt):
        x = self.forward(self.tok(text, truncation=True, max_length=LIMIT), double)[0].mean(0)
        return x / x.norm() if self.norm else x


def scale_ntk(model, factor):
    """Fixed NTK scaling of NewModel's own code; transformers' GTE has the base times factor alone."""
    for m in model.modules():
        if hasattr(m, "inv_freq"):
            m.inv_freq /= factor ** (1 / len(m.inv_freq))


class Library:
    def __init__(self, d, tok, spec):
        arch = spec["arch"]
        self.st = [SentenceTransformer(str(d), device="cpu", model_kwargs={"dtype": t})
                   for t in (torch.float32, torch.float64)]
        self.m = [AutoModel.from_pretrained(d, dtype=t, attn_implementation="eager").eval()
                  for t in (torch.float32, torch.float64)]
        for m in self.st + self.m:
            scale_ntk(m, spec.get("ntk", 1))
        self.tok, self.limit = tok, min(self.st[0].max_seq_length, LIMIT)
        self.prompts = spec.get("st", {}).get("prompts", [])
        self.mlm = arch.endswith(("MaskedLM", "PreTraining")) and not arch.startswith("Electra") and \
            getattr(transformers, arch.replace("PreTraining", "MaskedLM")).from_pretrained(d, dtype=torch.float32)
        if arch == "ElectraForMaskedLM":
            self.mlm = transformers.ElectraForMaskedLM.from_pretrained(d, dtype=torch.float32)

    def forward(self, e, double):
        pt = {k: torch.tensor([v]) for k, v in e.items() if k in ("input_ids", "token_type_ids", "attention_mask")}
        with torch.inference_mode():
            o = self.m[double](**pt, output_attentions=True)
        return o.last_hidden_state[0], torch.stack(o.attentions)[:, 0]

    def vector(self, text, double, prompt):
        self.st[double].max_seq_length = self.limit
        return self.st[double].encode([text], prompt_name=prompt, convert_to_tensor=True,
                                      show_progress_bar=False)[0].cpu()


def open_tokenizer(d):
    """MeCab is not among the libraries: of its folder only the size counts."""
    c = d / "tokenizer_config.json"
    if c.exists() and "BertJapanese" in c.read_text():
        return transformers.BertTokenizer(str(d / "vocab.txt"))
    return AutoTokenizer.from_pretrained(d)


def config_of(spec, tok):
    h = spec["heads"]
    cfg = dict(hidden_size=4 * h, num_hidden_layers=spec["layers"], num_attention_heads=h,
               intermediate_size=6 * h, max_position_embeddings=LIMIT,
               vocab_size=len(tok) + 40 * spec["arch"].startswith(PADDED), pad_token_id=tok.pad_token_id)
    if spec["arch"].startswith("ModernBert"):
        cfg.update({k + "_token_id": getattr(tok, v + "_token_id") for k, v in (
            ("bos", "cls"), ("eos", "sep"), ("cls", "cls"), ("sep", "sep"))})
    if spec["arch"].startswith("Bart"):
        cfg.update(d_model=cfg["hidden_size"], encoder_attention_heads=h, decoder_attention_heads=h)
    if spec["arch"].startswith("DistilBert"):
        cfg["hidden_dim"] = cfg.pop("intermediate_size")
    cfg.update(spec.get("cfg", {}))
    return dict(cfg, **({"num_labels": len(cfg["id2label"])} if "id2label" in cfg else {}))


def write_jina(cfg, dtype, d, seed):
    c = dict(cfg, architectures=["JinaBertModel"], layer_norm_eps=1e-12, model_type="bert", type_vocab_size=2,
             feed_forward_type="geglu", hidden_act="gelu", position_embedding_type="alibi", emb_pooler="mean")
    dump(d / "config.json", dict(c, torch_dtype=dtype))
    save_file({k: v.to(getattr(torch, dtype)) for k, v in mf.jina_weights(c, seed).items()}, d / "model.safetensors")


def write_model(spec, cfg, dtype, d, seed):
    arch = getattr(transformers, spec["arch"])
    model = arch(arch.config_class(**cfg))
    mf.randomise(model, torch.Generator().manual_seed(seed), spec.get("gain", 1.0))
    model.to(getattr(torch, dtype)).save_pretrained(d)
    (d / "generation_config.json").unlink(missing_ok=True)


def build(spec, d, seed):
    """The folder as transformers writes and reads it; its tokenizer."""
    write_tokens(spec["tok"], d)
    dump(d / "config.json", {"model_type": "bert"})
    dtype, cfg = spec.get("dtype", "float32"), config_of(spec, open_tokenizer(d))
    if spec["arch"] == "JinaBert":
        write_jina(cfg, dtype, d, seed)
    else:
        write_model(spec, cfg, dtype, d, seed)
    if "st" in spec:
        write_sentence(spec["st"], d, cfg["hidden_size"], seed)
    return open_tokenizer(d)


# ------------------------------------------------------------------ comparing
def run(berth, *args, rows=None):
    """rows: texts, or pairs of them."""
    data = None
    if rows is not None:
        pair = isinstance(rows[0], tuple)
        data = "".join(json.dumps(dict(zip("ab", r)) if pair else {"a": r}) + "\n" for r in rows)
        args += ("-i", "jsonl", "--field", "a") + ("--field", "b") * pair
    r = subprocess.run([berth, *args, "-f", "jsonl", "--quiet"], input=data, capture_output=True, text=True,
                       env=dict(os.environ, BERTH_MODEL=""))
    if r.returncode:
        raise RuntimeError((r.stderr.strip().splitlines() or ["status %d" % r.returncode])[0])
    return [json.loads(x) for x in r.stdout.splitlines()]


class Worst(dict):
    """Of each kind: largest distance from the reference, and of it from float64."""

    def note(self, kind, got, want, want64):
        want, want64, got = (np.asarray(x, dtype="f8") for x in (want, want64, got))
        far = np.abs(got - want).max(initial=0) if got.shape == want.shape else float("inf")
        own = np.abs(want - want64).max(initial=0)
        self[kind] = tuple(map(max, self.get(kind, (0, 0)), (float(far), float(own))))

    def multiples(self):
        return {k: far / max(2e-5, 2 * own) for k, (far, own) in self.items()}


def tokens_of(tok, text, pair):
    """ids, offsets in bytes, and types if the model is given them; offsets of a class in Python are not known.
    In a list an empty second text is one; by itself it is none."""
    e = tok([text], None if pair is None else [pair], return_offsets_mapping=tok.is_fast)
    ids, types = e["input_ids"][0], e.get("token_type_ids", [None])[0]
    if not tok.is_fast:
        return ids, None, types
    return ids, make_golden.byte_offsets(e["offset_mapping"][0], e.encodings[0].sequence_ids, (text, pair)), types


def compare_tokens(berth, d, tok, lines):
    bad, pairs = [], list(zip(lines, lines[::-1]))
    rows = run(berth, "tokenize", "-m", str(d), rows=lines) + run(berth, "tokenize", "-m", str(d), rows=pairs)
    for (text, pair), row in zip([(x, None) for x in lines] + pairs, rows):
        ids, places, types = tokens_of(tok, text, pair)
        if (row["ids"], row["offsets"] if places else places) != (ids, places) or types not in (None, row["type_ids"]):
            bad.append("%r %r: %s for %s" % (text[:60], pair and pair[:60], row, (ids, places, types)))
    return bad


def compare_fills(berth, d, ref):
    if not getattr(ref, "mlm", None):
        return []
    keys, bad = ("token", "token_str", "sequence"), []
    pipe = pipeline("fill-mask", model=ref.mlm.eval(), tokenizer=ref.tok, device="cpu")
    for text in ("The %s sat on the mat.", "I do n't know , said  it 's %s."):
        text = text % ref.tok.mask_token
        got = run(berth, "fill-mask", "-m", str(d), "-k", "5", "-t", text)[0]["masks"][0]
        bad += ["%s for %s" % (g, w) for g, w in zip(got, pipe(text, top_k=5))
                if [g[k] for k in keys] != [w[k] for k in keys] or abs(g["score"] - w["score"]) > 1e-5]
    return bad


def compare_labels(berth, d, folder, lines):
    """Of a classifier."""
    pipe, bad = pipeline("text-classification", model=str(folder), device="cpu", dtype="float32"), []
    for text, row in zip(lines, run(berth, "classify", "-m", str(d), "-k", "0", rows=lines)):
        want = {x["label"]: x["score"] for x in pipe(text, top_k=None, truncation=True,
                                                               max_length=LIMIT)}
        got = {x["label"]: x["score"] for x in row["labels"]}
        if want.keys() != got.keys() or any(abs(got[k] - want[k]) > 1e-5 for k in want):
            bad.append("%r: %s for %s" % (text[:60], got, want))
    return bad


def compare(berth, d, ref, lines):
    worst = Worst()
    wrong = compare_tokens(berth, d, ref.tok, lines)
    rows = run(berth, "embed", "-m", str(d), "--tokens", rows=lines)
    for text, row in zip(lines, rows):
        e = ref.tok(text, truncation=True, max_length=ref.limit)
        (h, _), (h64, _) = ref.forward(e, False), ref.forward(e, True)
        worst.note("hidden", row["embeddings"], h, h64)
    for text in lines[:2]:
        e = ref.tok(text, truncation=True, max_length=LIMIT)
        (_, a), (_, a64) = ref.forward(e, False), ref.forward(e, True)
        worst.note("attention", run(berth, "attention-dump", "-m", str(d), "-t", text)[0]["weights"], a, a64)
    for prompt in [None, *ref.prompts]:
        args = ("--prompt", prompt) if prompt else ()
        for text, row in zip(lines, run(berth, "embed", "-m", str(d), *args, rows=lines)):
            worst.note("vector", row["embedding"], *(ref.vector(text, double, prompt) for double in (False, True)))
    wrong += compare_fills(berth, d, ref)
    return worst.multiples(), wrong


def build_static(spec, ref, d):
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    write_tokens(spec["tok"], ref)
    table = StaticEmbedding(Tokenizer.from_file(str(ref / "tokenizer.json")), embedding_dim=32)
    SentenceTransformer(modules=[table]).save(str(d), create_model_card=False)


def has_reference(spec):
    return not (spec["arch"].startswith(("Esm", "Bart", "Gemma")) or spec["tok"] == "mecab"
                or spec.get("st", {}).get("pool") == "splade")


def check(berth, spec, top, seed, lines):
    """(what berth said of the form on the hub where that is another, differences or None)"""
    ref, d, other = top / "reference", top / "folder", top / "other"
    ref.mkdir(parents=True)
    if spec["arch"] == "static":
        build_static(spec, ref, d)
        return message(berth, d, lines), None
    tok = build(spec, ref, seed)
    shutil.copytree(ref, d)
    for edit in spec.get("edit", []):
        EDITS[edit](d)
    if "bin" in spec:
        to_bin(d)
    if "hub" in spec:
        shutil.copytree(d, other)
        EDITS[spec["hub"]](other)
    said = message(berth, other if "hub" in spec else d, lines)
    if not has_reference(spec):
        return said, None
    kind = JinaBert(ref, tok, spec.get("st")) if spec["arch"] == "JinaBert" else Library(ref, tok, spec)
    worst, wrong = compare(berth, d, kind, lines)
    if spec["arch"].endswith("ForSequenceClassification"):
        wrong += compare_labels(berth, d, ref, lines)
    return said, (worst, wrong)


def message(berth, d, lines):
    try:
        run(berth, "embed", "-m", str(d), rows=lines)
    except RuntimeError as e:
        return str(e)
    return "loads"


def claims():
    rows = [x.split("\t") for x in (HERE.parent / "data/named-models.tsv").read_text().splitlines() if x[0] != "#"]
    return {x[0]: x[7] for x in rows[1:]}


def as_claimed(claim, said, found):
    if claim.startswith("refused: "):
        return claim[len("refused: "):] in said
    return found.startswith("agrees") and said == "loads"


def verdict(berth, name, spec, top, seed, lines):
    """(what berth said of the folder, what was found)"""
    try:
        said, result = check(berth, spec, top, seed, lines)
    except RuntimeError as e:                   # berth's
        return str(e), "refused"
    except (KeyError, ValueError, OSError, ImportError) as e:   # a library's that cannot make it
        return "", "not made: %s: %s" % (type(e).__name__, e)
    if result is None:
        return said, "not compared"
    worst, wrong = result
    bad = wrong or any(x > 1 for x in worst.values())
    return said, " ".join(["DIFFERS" if bad else "agrees"] + ["%s %.2f" % x for x in worst.items()]
                          + ["\n\t" + w for w in wrong[:3]])


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--berth", default="build/berth")
    ap.add_argument("--out")
    ap.add_argument("--keep", action="store_true")
    ap.add_argument("name", nargs="*")
    a = ap.parse_args()
    out, status, lines, claim = Path(a.out or tempfile.mkdtemp()), 0, texts(), claims()
    for seed, (name, spec) in enumerate(SHAPES.items(), 14):
        if a.name and not any(n in name for n in a.name):
            continue
        top = out / name.replace("/", "--")
        shutil.rmtree(top, ignore_errors=True)
        said, found = verdict(a.berth, name, spec, top, seed, lines)
        ok = as_claimed(claim[name], said, found)
        status |= not ok
        print("\t".join(("ok" if ok else "NOT OK", name, claim[name], said.replace(str(top), ""), found)), flush=True)
        if not a.keep:
            shutil.rmtree(top, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
