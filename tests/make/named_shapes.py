"""What a folder of each model of tests/data/named-models.tsv is like, made tiny.

Layers and heads are the model's own, a head has 4 numbers. `edit` are the steps
that make the files of the hub out of those that transformers writes; `bin` says that
weights are there as .bin alone; `hub` is one more step where the hub's form is not the
one that is compared.
named_models.py makes and compares them."""

SHAPES = {}

ROBERTA = dict(max_position_embeddings=66, type_vocab_size=1, layer_norm_eps=1e-5)
DEBERTA = dict(
    relative_attention=True, position_buckets=8, max_relative_positions=-1,
    norm_rel_ebd="layer_norm", share_att_key=True, pos_att_type="p2c|c2p",
    position_biased_input=False, type_vocab_size=0, layer_norm_eps=1e-7,
)
MODERN = dict(local_attention=12, layer_norm_eps=1e-5)
ELECTRA = dict(embedding_size=8)
NORM = dict(pool="mean", norm=True)
CLS = dict(pool="cls", norm=True)
RAW = dict(pool="mean")


def labels(*names):
    return dict(id2label=dict(enumerate(names)))


def add(names, arch, tok, layers, heads, **more):
    for name in names.split():
        SHAPES[name] = dict(arch=arch, tok=tok, layers=layers, heads=heads, **more)


def each(prefix, names):
    return " ".join(prefix + n for n in names.split())


# -------------------------------------------------------- BERT, for vectors
ST = "sentence-transformers/"
add(ST + "all-MiniLM-L6-v2", "BertModel", "uncased", 6, 12, st=dict(NORM, max=24))
add(ST + "all-MiniLM-L12-v2", "BertModel", "uncased", 12, 12, st=dict(NORM, max=16))
add(ST + "multi-qa-MiniLM-L6-cos-v1", "BertModel", "uncased", 6, 12, st=NORM)
add(ST + "msmarco-distilbert-base-tas-b", "DistilBertModel", "uncased-distil", 6, 12,
    st=dict(pool="cls"))
add(ST + "paraphrase-multilingual-MiniLM-L12-v2", "BertModel", "xlmr-minilm", 12, 12,
    st=dict(RAW, max=16), cfg=dict(pad_token_id=0), tokenizer_class="PreTrainedTokenizerFast")
add(ST + "paraphrase-multilingual-mpnet-base-v2", "XLMRobertaModel", "xlmr", 12, 12,
    st=dict(RAW, max=16), cfg=ROBERTA)
add(ST + "LaBSE", "BertModel", "cased", 12, 12,
    st=dict(pool="cls", dense=48, norm=True, max=24))
add(ST + "distiluse-base-multilingual-cased-v2", "DistilBertModel", "cased-distil", 6, 12,
    st=dict(pool="mean", dense=32, max=16))
add(ST + "static-retrieval-mrl-en-v1", "static", "uncased", 0, 0)
add("BAAI/bge-small-en-v1.5", "BertModel", "uncased", 12, 12, st=CLS)
add("BAAI/bge-base-en-v1.5", "BertModel", "uncased", 12, 12, st=CLS)
add("BAAI/bge-large-en-v1.5", "BertModel", "uncased", 24, 16, st=CLS)
add("BAAI/bge-small-zh-v1.5", "BertModel", "cased", 4, 8, st=CLS)
add("BAAI/bge-base-zh-v1.5", "BertModel", "cased", 12, 12, st=CLS, bin=True)
add("BAAI/bge-large-zh-v1.5", "BertModel", "cased", 24, 16, st=CLS, bin=True)
add("intfloat/e5-small-v2", "BertModel", "uncased", 12, 12, st=NORM)
add("intfloat/e5-base-v2", "BertModel", "uncased", 12, 12, st=NORM)
add("intfloat/e5-large-v2", "BertModel", "uncased", 24, 16, st=NORM)
add("intfloat/multilingual-e5-small", "BertModel", "xlmr", 12, 12, st=NORM,
    cfg=dict(pad_token_id=0))
add("thenlper/gte-small", "BertModel", "uncased", 12, 12, st=NORM, dtype="float16")
add("thenlper/gte-base", "BertModel", "uncased", 12, 12, st=NORM, dtype="float16")
ARCTIC = {"query": "Represent this sentence for searching relevant passages: "}
add(each("Snowflake/snowflake-arctic-embed-", "s m"), "BertModel", "uncased", 12, 12,
    st=dict(CLS, prompts=ARCTIC))
add("Snowflake/snowflake-arctic-embed-l", "BertModel", "uncased", 24, 16,
    st=dict(CLS, prompts=ARCTIC))
add("mixedbread-ai/mxbai-embed-large-v1", "BertModel", "uncased", 24, 16, dtype="float16",
    st=dict(pool="cls", prompts=ARCTIC))
add("facebook/contriever", "BertModel", "uncased", 12, 12, bin=True)

# ------------------------------------------------ other families, for vectors
add(ST + "all-mpnet-base-v2", "MPNetModel", "mpnet", 12, 12, st=dict(NORM, max=40),
    cfg=dict(max_position_embeddings=66, layer_norm_eps=1e-5))
add(ST + "multi-qa-mpnet-base-dot-v1", "MPNetModel", "mpnet", 12, 12, st=dict(pool="cls"),
    cfg=dict(max_position_embeddings=66, layer_norm_eps=1e-5))
add("BAAI/bge-m3", "XLMRobertaModel", "xlmr-bge", 24, 16, st=CLS, cfg=ROBERTA, bin=True)
add("intfloat/multilingual-e5-base", "XLMRobertaModel", "xlmr", 12, 12, st=NORM, cfg=ROBERTA)
add("intfloat/multilingual-e5-large", "XLMRobertaModel", "xlmr", 24, 16, st=NORM, cfg=ROBERTA)
add("Alibaba-NLP/gte-modernbert-base", "ModernBertModel", "modernbert", 22, 12, cfg=MODERN,
    st=dict(pool="cls"), dtype="float16", edit=["modernbert_hub"])
add("Alibaba-NLP/gte-multilingual-base", "GteModel", "xlmr", 12, 12, st=CLS, dtype="float16",
    cfg=dict(type_vocab_size=1), edit=["gte_new"], ntk=8)
add("Snowflake/snowflake-arctic-embed-m-v2.0", "GteModel", "xlmr", 12, 12,
    st=dict(CLS, prompts={"query": "query: "}), cfg=dict(type_vocab_size=1), edit=["gte_arctic"])
add("Snowflake/snowflake-arctic-embed-l-v2.0", "XLMRobertaModel", "xlmr", 24, 16, cfg=ROBERTA,
    st=dict(CLS, prompts={"query": "query: "}))
NOMIC = {"search_query": "search_query: ", "search_document": "search_document: "}
add(each("nomic-ai/nomic-embed-text-", "v1 v1.5"), "NomicBertModel", "uncased", 12, 12,
    st=dict(NORM, prompts=NOMIC), edit=["nomic_hub"])
add("nomic-ai/nomic-embed-text-v2-moe", "NomicBertModel", "xlmr", 12, 12, st=NORM,
    edit=["nomic_hub", "nomic_moe"])
add("nomic-ai/modernbert-embed-base", "ModernBertModel", "modernbert", 22, 12, cfg=MODERN,
    st=dict(NORM, prompts=NOMIC), edit=["modernbert_hub"])
add("jinaai/jina-embeddings-v2-small-en", "JinaBert", "uncased", 4, 8, st=NORM, dtype="float16")
add("jinaai/jina-embeddings-v2-base-en", "JinaBert", "uncased", 12, 12, st=NORM, dtype="float16")
add("jinaai/jina-embeddings-v3", "JinaEmbeddingsV3Model", "xlmr", 24, 16, st=NORM,
    dtype="bfloat16", cfg=dict(type_vocab_size=1), hub="jina_v3_lora")
add("ibm-granite/granite-embedding-125m-english", "RobertaModel", "roberta", 12, 12, st=CLS,
    cfg=ROBERTA)
add("ibm-granite/granite-embedding-107m-multilingual", "XLMRobertaModel", "xlmr", 6, 12, st=CLS,
    cfg=ROBERTA)
add("ibm-granite/granite-embedding-small-english-r2", "ModernBertModel", "modernbert", 12, 12,
    cfg=dict(MODERN, hidden_activation="silu"), st=CLS, dtype="bfloat16",
    edit=["modernbert_hub", "relative_key_query"])
add("google/embeddinggemma-300m", "Gemma3TextModel", "uncased", 2, 2)

# ------------------------------------------------------------ masked language
G = "google-bert/bert-"
add(each(G, "base-uncased"), "BertForPreTraining", "uncased", 12, 12, edit=["old_names"])
add(each(G, "base-cased base-multilingual-cased"), "BertForPreTraining", "cased", 12, 12)
add(G + "base-chinese", "BertForMaskedLM", "cased-files", 12, 12,
    edit=["no_model_type", "no_eps"])
add(G + "large-uncased", "BertForMaskedLM", "uncased", 24, 16)
add("distilbert/distilbert-base-uncased", "DistilBertForMaskedLM", "uncased-distil", 6, 12)
F = "FacebookAI/"
add(F + "roberta-base", "RobertaForMaskedLM", "roberta-files", 12, 12, cfg=ROBERTA,
    edit=["no_model_type"])
add(F + "roberta-large", "RobertaForMaskedLM", "roberta", 24, 16, cfg=ROBERTA)
add("distilbert/distilroberta-base", "RobertaForMaskedLM", "roberta", 6, 12, cfg=ROBERTA)
add(F + "xlm-roberta-base", "XLMRobertaForMaskedLM", "xlmr", 12, 12, cfg=ROBERTA)
add(F + "xlm-roberta-large", "XLMRobertaForMaskedLM", "xlmr-spm", 24, 16, cfg=ROBERTA)
add("almanach/camembert-base", "CamembertForMaskedLM", "camembert", 12, 12, cfg=ROBERTA)
add("albert/albert-base-v2", "AlbertForMaskedLM", "albert", 12, 12,
    cfg=dict(embedding_size=8, hidden_act="gelu_new"))
add("google/electra-small-generator", "ElectraForMaskedLM", "uncased", 12, 4, cfg=ELECTRA, bin=True)
add("google/electra-small-discriminator", "ElectraForPreTraining", "uncased", 12, 4, cfg=ELECTRA,
    bin=True)
add("google/electra-base-discriminator", "ElectraForPreTraining", "uncased", 12, 12, bin=True,
    cfg=dict(embedding_size=48))
add(each("microsoft/deberta-v3-", "base"), "DebertaV2ForMaskedLM", "deberta-spm", 12, 12,
    cfg=dict(DEBERTA, legacy=False), bin=True, edit=["no_legacy"])
add("microsoft/deberta-v3-small", "DebertaV2ForMaskedLM", "deberta-spm", 6, 12, bin=True,
    cfg=dict(DEBERTA, legacy=False), edit=["no_legacy"])
add("microsoft/mdeberta-v3-base", "DebertaV2ForMaskedLM", "deberta-spm", 12, 12, bin=True,
    cfg=dict(DEBERTA, legacy=False), edit=["no_legacy"])
add("google/mobilebert-uncased", "MobileBertForPreTraining", "uncased", 24, 4, bin=True, gain=0.7,
    cfg=dict(embedding_size=12, intra_bottleneck_size=16, num_feedforward_networks=4))
add("answerdotai/ModernBERT-base", "ModernBertForMaskedLM", "modernbert", 22, 12, cfg=MODERN,
    edit=["modernbert_hub"])
add("answerdotai/ModernBERT-large", "ModernBertForMaskedLM", "modernbert", 28, 16, cfg=MODERN,
    edit=["modernbert_hub"])
add("google/bert_uncased_L-2_H-128_A-2", "BertForPreTraining", "uncased", 2, 2)
add("allenai/scibert_scivocab_uncased", "BertForPreTraining", "uncased-files", 12, 12, bin=True)
add("dmis-lab/biobert-v1.1", "BertModel", "cased-files", 12, 12, bin=True)
add("microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract", "BertForMaskedLM", "uncased-files",
    12, 12, bin=True)
add("emilyalsentzer/Bio_ClinicalBERT", "BertForPreTraining", "cased-files", 12, 12, bin=True)
add("nlpaueb/legal-bert-base-uncased", "BertForPreTraining", "uncased", 12, 12, bin=True)
add("dccuchile/bert-base-spanish-wwm-cased", "BertForMaskedLM", "cased", 12, 12, bin=True)
add("neuralmind/bert-base-portuguese-cased", "BertForPreTraining", "cased-files", 12, 12, bin=True)
add("deepset/gbert-base", "BertForMaskedLM", "cased-marks", 12, 12, bin=True)
add("klue/bert-base", "BertForMaskedLM", "cased", 12, 12)
add("tohoku-nlp/bert-base-japanese-v3", "BertForMaskedLM", "mecab", 12, 12, bin=True)
add("aubmindlab/bert-base-arabertv02", "BertForMaskedLM", "cased", 12, 12)
add("indobenchmark/indobert-base-p1", "BertForPreTraining", "uncased", 12, 12, bin=True)
add("vinai/phobert-base", "RobertaForMaskedLM", "phobert", 12, 12, cfg=ROBERTA, bin=True)
add("vinai/bertweet-base", "RobertaForMaskedLM", "bertweet", 12, 12, cfg=ROBERTA, bin=True)
add("allegro/herbert-base-cased", "BertForMaskedLM", "herbert", 12, 12, bin=True,
    cfg=dict(pad_token_id=1))
add("cointegrated/rubert-tiny2", "BertForPreTraining", "cased", 3, 12, st=CLS,
    cfg=dict(hidden_size=312, intermediate_size=600))
add("facebook/esm2_t6_8M_UR50D", "EsmForMaskedLM", "uncased", 6, 4)

# ------------------------------------------------------ encoders with a head
ONE = dict(num_labels=1)
C = "cross-encoder/"
add(C + "ms-marco-MiniLM-L6-v2", "BertForSequenceClassification", "uncased", 6, 12, cfg=ONE)
add(C + "ms-marco-MiniLM-L12-v2", "BertForSequenceClassification", "uncased", 12, 12, cfg=ONE)
add("BAAI/bge-reranker-base", "XLMRobertaForSequenceClassification", "xlmr", 12, 12,
    cfg=dict(ROBERTA, **ONE))
add("BAAI/bge-reranker-v2-m3", "XLMRobertaForSequenceClassification", "xlmr-bge", 24, 16,
    cfg=dict(ROBERTA, **ONE))
add("mixedbread-ai/mxbai-rerank-xsmall-v1", "DebertaV2ForSequenceClassification", "deberta", 12, 6,
    cfg=dict(DEBERTA, **ONE), dtype="float16")
add("jinaai/jina-reranker-v2-base-multilingual", "JinaEmbeddingsV3Model", "xlmr", 12, 12,
    cfg=dict(type_vocab_size=1), edit=["flash_xlmr"])
add("jinaai/jina-reranker-v1-tiny-en", "JinaBert", "roberta-own", 4, 12)
add("Alibaba-NLP/gte-reranker-modernbert-base", "ModernBertForSequenceClassification", "modernbert",
    22, 12, cfg=dict(MODERN, classifier_pooling="mean", **ONE), dtype="float16",
    edit=["modernbert_hub"])
add("distilbert/distilbert-base-uncased-finetuned-sst-2-english",
    "DistilBertForSequenceClassification", "uncased-distil", 6, 12, cfg=labels("NEGATIVE", "POSITIVE"))
add("cardiffnlp/twitter-roberta-base-sentiment-latest", "RobertaForSequenceClassification",
    "roberta-files", 12, 12, cfg=dict(ROBERTA, **labels("negative", "neutral", "positive")), bin=True)
MANY = dict(problem_type="multi_label_classification")
add("SamLowe/roberta-base-go_emotions", "RobertaForSequenceClassification", "roberta", 12, 12,
    cfg=dict(ROBERTA, **MANY, **labels(*map(str, range(28)))))
add("ProsusAI/finbert", "BertForSequenceClassification", "uncased-files", 12, 12, bin=True,
    cfg=labels("positive", "negative", "neutral"))
add("unitary/toxic-bert", "BertForSequenceClassification", "uncased-files", 12, 12,
    cfg=dict(MANY, **labels(*"abcdef")))
add("papluca/xlm-roberta-base-language-detection", "XLMRobertaForSequenceClassification", "xlmr",
    12, 12, cfg=dict(ROBERTA, **labels(*map(str, range(20)))))
add(C + "nli-deberta-v3-base", "DebertaV2ForSequenceClassification", "deberta", 12, 12,
    cfg=dict(DEBERTA, **labels("contradiction", "entailment", "neutral")))
add("MoritzLaurer/deberta-v3-base-zeroshot-v2.0", "DebertaV2ForSequenceClassification", "deberta-v4",
    12, 12, cfg=dict(DEBERTA, **labels("entailment", "not_entailment")))
add("facebook/bart-large-mnli", "BartForSequenceClassification", "roberta", 2, 2)
BIO = labels("O", "B-MISC", "I-MISC", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC")
add("dslim/bert-base-NER", "BertForTokenClassification", "cased", 12, 12, cfg=BIO)
add("dbmdz/bert-large-cased-finetuned-conll03-english", "BertForTokenClassification", "cased",
    24, 16, cfg=BIO)
add(F + "xlm-roberta-large-finetuned-conll03-english", "XLMRobertaForTokenClassification", "xlmr",
    24, 16, cfg=dict(ROBERTA, **labels(*"abcdefgh")))
add("distilbert/distilbert-base-cased-distilled-squad", "DistilBertForQuestionAnswering",
    "cased-distil", 6, 12)
add("deepset/roberta-base-squad2", "RobertaForQuestionAnswering", "roberta", 12, 12, cfg=ROBERTA)
SPLADE = dict(pool="splade")
add("naver/splade-cocondenser-ensembledistil", "BertForMaskedLM", "uncased", 12, 12, bin=True,
    st=SPLADE)
add("naver/splade-v3 prithivida/Splade_PP_en_v1", "BertForMaskedLM", "uncased", 12, 12, st=SPLADE)
add("opensearch-project/opensearch-neural-sparse-encoding-doc-v2-distill", "DistilBertForMaskedLM",
    "uncased-distil", 6, 12, st=SPLADE)
