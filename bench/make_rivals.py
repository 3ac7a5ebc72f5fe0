"""The rivals' own files of MiniLM and of the base shape: ONNX for ONNX Runtime, folders of CTranslate2."""
import onnx_files
from places import SHAPES, hf, place

NAMES = ["input_ids", "attention_mask", "token_type_ids"]


def plain_bert(model, head):
    """BERT written out with plain operations, as exporters and the ORT optimizer know it."""
    import torch
    from torch import nn
    from transformers import AutoModel, AutoModelForMaskedLM

    kind = AutoModelForMaskedLM if head else AutoModel
    source = kind.from_pretrained(hf("base-mlm" if head else model), attn_implementation="eager").eval()
    bert = source.bert if head else source
    heads, width = SHAPES[model]["A"], SHAPES[model]["H"]

    class Plain(nn.Module):
        def __init__(self):
            super().__init__()
            self.bert, self.head = bert, (source.cls if head else None)

        def split(self, x):
            return x.view(x.size(0), x.size(1), heads, x.size(-1) // heads).permute(0, 2, 1, 3)

        def attend(self, layer, x, bias):
            a = layer.attention
            q, k, v = (self.split(f(x)) for f in (a.self.query, a.self.key, a.self.value))
            s = torch.matmul(q, k.transpose(-1, -2)) / (q.size(-1) ** 0.5 if isinstance(q.size(-1), int) else 8.0)
            c = torch.matmul(torch.softmax(s + bias, -1), v).permute(0, 2, 1, 3).contiguous()
            return a.output.LayerNorm(a.output.dense(c.view(c.size(0), c.size(1), width)) + x)

        def forward(self, input_ids, attention_mask, token_type_ids):
            e = self.bert.embeddings
            pos = e.position_ids[:, :input_ids.size(1)]
            x = e.word_embeddings(input_ids) + e.token_type_embeddings(token_type_ids) + e.position_embeddings(pos)
            x = e.LayerNorm(x)
            bias = (1.0 - attention_mask.unsqueeze(1).unsqueeze(2).to(torch.float32)) * -10000.0
            for layer in self.bert.encoder.layer:
                x = self.attend(layer, x, bias)
                h = nn.functional.gelu(layer.intermediate.dense(x))
                x = layer.output.LayerNorm(layer.output.dense(h) + x)
            if self.head is not None:
                return self.head(x)
            m = attention_mask.unsqueeze(-1).to(torch.float32)
            return nn.functional.normalize((x * m).sum(1) / m.sum(1), dim=-1)

    return Plain().eval()


def to_onnx(model):
    shape = SHAPES[model.split("-")[0]]
    net = plain_bert(model.split("-")[0], model.endswith("mlm"))
    onnx_files.export(net, NAMES, place(model), shape["A"], shape["H"])


def to_ct2(model):
    import ctranslate2
    from transformers import BertConfig

    if not hasattr(BertConfig, "position_embedding_type"):
        BertConfig.position_embedding_type = "absolute"
    out = place(f"{model}.ct2")
    ctranslate2.converters.TransformersConverter(hf(model)).convert(out, force=True)
    ctranslate2.converters.TransformersConverter(hf(model)).convert(out + "-int8", quantization="int8", force=True)


def prepare(*steps):
    for step in steps or ("ort:minilm", "ort:base", "ort:base-mlm", "ct2:minilm", "ct2:base"):
        kind, model = step.split(":")
        to_ct2(model) if kind == "ct2" else to_onnx(model)
