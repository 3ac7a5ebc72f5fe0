"""The network that is trained: a BERT with a masked-LM head and a sentence vector, and its folder on disk."""
import json
import math
import os
import shutil

import torch
import torch.nn as nn
import torch.nn.functional as F


class Layer(nn.Module):
    """One encoder layer: attention, add & norm, feed-forward, add & norm. (B, T, H) in and out."""

    def __init__(self, hidden, heads, intermediate):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (nn.Linear(hidden, hidden) for _ in range(4))
        self.ln1 = nn.LayerNorm(hidden, eps=1e-12)
        self.i, self.f = nn.Linear(hidden, intermediate), nn.Linear(intermediate, hidden)
        self.ln2 = nn.LayerNorm(hidden, eps=1e-12)

    def forward(self, x):
        B, T, H = x.shape
        q, k, v = (m(x).view(B, T, self.heads, -1).transpose(1, 2) for m in (self.q, self.k, self.v))
        if x.is_cuda:
            y = F.scaled_dot_product_attention(q, k, v)
        else:                              # its backward pass is slow in bfloat16 on a CPU
            y = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(H // self.heads), -1).to(v.dtype) @ v
        x = self.ln1(x + self.o(y.transpose(1, 2).reshape(B, T, H)))
        return self.ln2(x + self.f(F.gelu(self.i(x))))


class Bert(nn.Module):
    """V pieces, H wide, L layers, A heads, I inside a layer, P positions, D dimensions of the sentence vector."""

    def __init__(self, V, H, L, A, I, P, D):
        super().__init__()
        self.sizes = dict(V=V, H=H, L=L, A=A, I=I, P=P, D=D)
        self.tok, self.pos, self.typ = nn.Embedding(V, H), nn.Embedding(P, H), nn.Embedding(2, H)
        self.ln = nn.LayerNorm(H, eps=1e-12)
        self.layers = nn.ModuleList(Layer(H, A, I) for _ in range(L))
        self.head, self.hln, self.bias = nn.Linear(H, H), nn.LayerNorm(H, eps=1e-12), nn.Parameter(torch.zeros(V))
        self.dense = nn.Linear(H, D, bias=False)
        for m in self.modules():
            if isinstance(m, (nn.Linear, nn.Embedding)):
                nn.init.normal_(m.weight, std=0.02)
            if isinstance(m, nn.Linear) and m.bias is not None:
                nn.init.zeros_(m.bias)

    def forward(self, ids, types):
        x = self.ln(self.tok(ids) + self.pos.weight[: ids.shape[1]] + self.typ(types))
        for layer in self.layers:
            x = layer(x)
        return x

    def transform(self, h):
        """What the masked-LM head multiplies with the token embeddings."""
        return self.hln(F.gelu(self.head(h)))

    def sentence(self, h):
        """The unit sentence vector: mean over the tokens, then a linear map."""
        return F.normalize(self.dense(h.mean(1)).float(), dim=-1)


def hugging_face_names(layers):
    """Our parameter -> Hugging Face's name."""
    e = "bert.embeddings."
    out = {"tok.weight": e + "word_embeddings.weight", "pos.weight": e + "position_embeddings.weight",
           "typ.weight": e + "token_type_embeddings.weight", "bias": "cls.predictions.bias"}
    parts = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
             "o": "attention.output.dense", "ln1": "attention.output.LayerNorm",
             "i": "intermediate.dense", "f": "output.dense", "ln2": "output.LayerNorm"}
    for a in ("weight", "bias"):
        out["ln." + a] = e + "LayerNorm." + a
        out["head." + a] = "cls.predictions.transform.dense." + a
        out["hln." + a] = "cls.predictions.transform.LayerNorm." + a
        for i in range(layers):
            for ours, theirs in parts.items():
                out[f"layers.{i}.{ours}.{a}"] = f"bert.encoder.layer.{i}.{theirs}.{a}"
    return out


def load(net, folder):
    """Start from a saved folder; rows that a longer position table has more keep their fresh values."""
    from safetensors.torch import load_file
    stored, weights = load_file(os.path.join(folder, "model.safetensors")), net.state_dict()
    for ours, theirs in hugging_face_names(net.sizes["L"]).items():
        weights[ours][: len(stored[theirs])] = stored[theirs].to(weights[ours])
    dense = load_file(os.path.join(folder, "2_Dense/model.safetensors"))
    weights["dense.weight"].copy_(dense["linear.weight"])


def write_json(folder, name, value):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(json.dumps(value, indent=2) + "\n")


def save(weights, sizes, vocab, folder):
    """Write a Hugging Face / sentence-transformers folder in float16."""
    from safetensors.torch import save_file
    half = lambda t: t.to(torch.float16).contiguous()
    os.makedirs(os.path.join(folder, "2_Dense"), exist_ok=True)
    os.makedirs(os.path.join(folder, "3_Normalize"), exist_ok=True)
    save_file({theirs: half(weights[ours]) for ours, theirs in hugging_face_names(sizes["L"]).items()},
              os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    save_file({"linear.weight": half(weights["dense.weight"])},
              os.path.join(folder, "2_Dense/model.safetensors"), metadata={"format": "pt"})
    write_json(folder, "config.json", dict(
        architectures=["BertForMaskedLM"], model_type="bert", vocab_size=sizes["V"], hidden_size=sizes["H"],
        num_hidden_layers=sizes["L"], num_attention_heads=sizes["A"], intermediate_size=sizes["I"],
        hidden_act="gelu", max_position_embeddings=sizes["P"], type_vocab_size=2, layer_norm_eps=1e-12,
        pad_token_id=0, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1, initializer_range=0.02,
        position_embedding_type="absolute", torch_dtype="float16"))
    write_json(folder, "tokenizer_config.json", dict(
        tokenizer_class="BertTokenizer", do_lower_case=True, model_max_length=sizes["P"], unk_token="[UNK]",
        sep_token="[SEP]", pad_token="[PAD]", cls_token="[CLS]", mask_token="[MASK]"))
    modules = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense"), ("3_Normalize", "Normalize"))
    write_json(folder, "modules.json", [
        dict(idx=i, name=str(i), path=path, type="sentence_transformers.models." + kind)
        for i, (path, kind) in enumerate(modules)])
    # berth's own key: the cosine from which berth grep takes a line. README.md says how it is found.
    write_json(folder, "config_sentence_transformers.json",
               dict(similarity_fn_name="cosine", similarity_threshold=0.3))
    write_json(folder, "sentence_bert_config.json", dict(max_seq_length=sizes["P"], do_lower_case=False))
    write_json(folder, "1_Pooling/config.json", dict(
        word_embedding_dimension=sizes["H"], pooling_mode_cls_token=False, pooling_mode_mean_tokens=True,
        pooling_mode_max_tokens=False, pooling_mode_mean_sqrt_len_tokens=False))
    write_json(folder, "2_Dense/config.json", dict(
        in_features=sizes["H"], out_features=sizes["D"], bias=False,
        activation_function="torch.nn.modules.linear.Identity"))
    shutil.copy(vocab, os.path.join(folder, "vocab.txt"))
