/*
 * berth.h - BERT encoders on a CPU: the whole public interface of libberth.
 *
 * Text becomes tokens, tokens become hidden states (a Transformer encoder), and
 * hidden states become what the caller asked for: a vector for each text, the
 * most probable words at a mask, or the attention of a head.
 *
 *     struct berth_model *model;
 *     struct berth_context *ctx;
 *     struct berth_tokens tokens = {0};
 *     struct berth_error err;
 *
 *     berth_model_open(NULL, NULL, &model, &err);         // built-in model
 *     berth_context_new(model, 2, 1024, &ctx, &err);
 *     berth_tokenize(model, &text, &tokenize_options, &tokens, &err);
 *     berth_forward(ctx, &sequence, 1, BERTH_LAST_LAYER, &err);
 *     berth_embed(ctx, NULL, vector, &err);
 *
 * Shapes are written (rows, columns), row-major, last index fastest. Letters:
 * T tokens, C hidden size, H heads, D head size (C = H * D but in MobileBERT),
 * V vocabulary.
 *
 * The numbers are computed in float32, or as exactly, unless the caller asks
 * for 8 bits, or for bfloat16 at the level amx: enum berth_precision says what
 * is rounded then. A text gives the same bits whatever else is in its batch, in
 * whatever order, with any number of threads, as long as the CPU level (struct
 * berth_model_options) is the same. Numbers are handed on as the model gives
 * them: of weights that are NaN, or too large, come results that are NaN or
 * infinite, at every precision, and callers look for these.
 *
 * Errors: a function that can fail returns enum berth_status and fills the
 * caller's struct berth_error, which may be NULL. Handles and scalars are left
 * untouched on failure; arrays then hold no meaningful value.
 *
 * Threads: a berth_model is immutable once opened, except during
 * berth_model_pack(); any number of threads may use it. A berth_context belongs
 * to one caller at a time; several contexts of one model are independent.
 *
 * Ownership: "borrowed" is kept alive by the caller, "owned" is freed by the
 * function named. Every free or close function accepts NULL.
 */
#ifndef BERTH_H
#define BERTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BERTH_VERSION_STRING "0.1.0"

#if defined(__GNUC__)
#define BERTH_API __attribute__((visibility("default")))
#else
#define BERTH_API
#endif

/* berth_version - the version of the library that runs. Cannot fail. */
BERTH_API const char *berth_version(void);

/* berth_builtin_name - the name of the folder that was linked in as the
 * built-in model; NULL: none was. Cannot fail. */
BERTH_API const char *berth_builtin_name(void);

/* ------------------------------------------------------------------ errors */

enum berth_status {
    BERTH_OK = 0,
    BERTH_ERR_MEMORY,      /* an allocation failed */
    BERTH_ERR_IO,          /* the system refused a file: see sys_errno */
    BERTH_ERR_FORMAT,      /* a file is not what it claims to be */
    BERTH_ERR_SHAPE,       /* a tensor's shape does not fit config.json */
    BERTH_ERR_UNSUPPORTED, /* valid, but this library does not do it */
    BERTH_ERR_ARGUMENT,    /* the caller's mistake */
    BERTH_ERR_TOO_LONG     /* more tokens than the model has positions */
};

/* What went wrong, in one line that names file, place, expected and found. */
struct berth_error {
    enum berth_status status;
    int sys_errno;     /* 0 unless BERTH_ERR_IO */
    char message[512]; /* no newline, always terminated */
};

/* ------------------------------------------------------------------- model */

struct berth_model;
struct berth_context;

/* In which form weights are held. */
enum berth_precision {
    BERTH_PRECISION_STORED = 0, /* as the file has them */
    BERTH_PRECISION_F32,
    BERTH_PRECISION_F16,  /* rounded to the nearest float16, even on ties */
    BERTH_PRECISION_BF16, /* the same; at the level amx what linear layers and
                             attention multiply is rounded to it, too, as
                             PyTorch does, and added in float32; GELU is within
                             0.0002. More than twice as fast */
    BERTH_PRECISION_I8 /* the encoder's linear layers in 8 bits, quantised when
                          the model is opened: per output and 128 inputs;
                          activations per token, those far from the rest of it
                          exactly. Attention multiplies 16 bits, and GELU is
                          within 0.0002. All other weights as stored, and
                          computed with in float32 */
};

/* How much of a model berth_model_open() reads and prepares. */
enum berth_part {
    BERTH_PART_ENCODER = 0, /* configuration, tokenizer and encoder */
    BERTH_PART_TOKENIZER,   /* configuration and tokenizer: no weights. Without
                               config.json all sizes are 0 */
    BERTH_PART_FACTS        /* as the encoder; the settings say what heads and
                               weights there are, too */
};

/* What a model was trained for: the layers behind its encoder, by what
 * transformers calls the classes that have them. */
enum berth_head_kind {
    BERTH_HEAD_NONE = 0,
    BERTH_HEAD_MASKED_LM, /* a logit for each word, at any token */
    BERTH_HEAD_SEQUENCE,  /* SequenceClassification: for each label */
    BERTH_HEAD_TOKENS,    /* TokenClassification: for each token and label */
    BERTH_HEAD_ANSWER,    /* QuestionAnswering: for each token, that an
                             answer starts and that one ends here */
    BERTH_HEAD_NEXT_SENTENCE, /* NextSentencePrediction: that text B follows A,
                                 and that it does not; of ALBERT's
                                 ForPreTraining that it comes before A */
    BERTH_HEAD_DISCRIMINATOR, /* of ELECTRA: for each token, that it was
                                 replaced */
    BERTH_HEAD_KINDS
};

struct berth_model_options {
    enum berth_part part;
    enum berth_head_kind head; /* that is read with the encoder */
    enum berth_precision precision;
    const char
        *cpu; /* "scalar", "vector", "avx2", "avx2vnni", "avx512",
                 "avx512vnni", "amx", "dotprod": at most that level; NULL: the
                 best this CPU has. For amx Linux is asked to save tiles: from
                 then on it refuses an alternate signal stack smaller
                 than sysconf(_SC_MINSIGSTKSZ). Borrowed for the call */
    /* Called with the path of each file on disk that belongs to the model:
     * before the file is read, and even if it is not read; with some paths more
     * than once. May be NULL. */
    void (*on_file)(void *arg, const char *path);
    void *on_file_arg;
};

/*
 * berth_model_open - reads a Hugging Face model folder.
 *
 *   path     folder, or one file in it; NULL: the model built into the program.
 *            Borrowed for the call
 *   options  NULL: an encoder without a head, weights as stored, the best CPU
 *            level
 *   out      owned: berth_model_close()
 *
 * A model of BERT's kin (the list of berth-models(7)): config.json, weights as
 * model.safetensors, pytorch_model.bin, their shards or another form listed
 * there, and tokenizer.json or the files of its tokenizer; a
 * sentence-transformers folder brings its pooling, Dense, LayerNorm, Normalize,
 * prompts and length limit.
 *
 * Weights are mapped; berth_model_pack() copies them.
 *
 * Errors: BERTH_ERR_IO, _FORMAT, _SHAPE, _UNSUPPORTED, _ARGUMENT (no such CPU
 * level, a head without weights), _MEMORY. A model without the head that
 * options.head asks for is BERTH_ERR_UNSUPPORTED; the message names those that
 * it has. Labels that config.json does not give as it should are
 * BERTH_ERR_FORMAT, where the head has labels.
 */
BERTH_API enum berth_status
berth_model_open(const char *path, const struct berth_model_options *options,
                 struct berth_model **out, struct berth_error *err);

/*
 * berth_model_pack - puts the weights into the layout of the kernels.
 *
 * A model that was just opened runs on the weights as the file has them, and
 * rearranges a few at a time: the fastest way to a first answer. For more than
 * a few texts call this once, before or between forward passes: it copies the
 * linear layers (in the precision asked for) and gives the pages of the file
 * back. No result changes by a bit. Packed already: does nothing.
 *
 *   n_threads  as for berth_context_new()
 *
 * Errors:  BERTH_ERR_MEMORY; the model is as it was. Threads: no other thread
 * may use the model during the call; afterwards it is immutable again.
 */
BERTH_API enum berth_status berth_model_pack(struct berth_model *model,
                                             size_t n_threads,
                                             struct berth_error *err);

/*
 * berth_model_save - writes a model as a Hugging Face folder, which
 * from_pretrained() of transformers and SentenceTransformer() load.
 *
 *   model    with its weights. They are written as safetensors in the precision
 *            that the model was opened in: the same that it computes with
 *   path     of the new folder. Nothing is there yet, or an empty folder. It
 *            appears when all of it is on the disk
 *   on_made  called with each path beside it that will be made, a folder before
 *            what is in it: a program that is ended during the call may remove
 *            them, the last one first. May be NULL
 *
 * BERTH_PRECISION_STORED keeps each tensor's type; one that safetensors does
 * not have becomes float32. A matrix that is tied to another is written once.
 * Tensors of other parts, heads among them, are written, too; only those that
 * are not of floats are left out. config.json keeps its keys, and says what
 * type the weights have. The files of the tokenizer and of
 * sentence-transformers are copied.
 *
 * BERTH_PRECISION_I8: the matrices that are computed with in 8 bits are written
 * so, and opened without being quantised again: the same bits result. Only this
 * library reads them. Where they are opened in another precision, their values
 * are those of the 8 bits.
 *
 * Memory: some MB, for a model of any size. Errors: BERTH_ERR_ARGUMENT (there
 * is something at path, a tokenizer-only model), BERTH_ERR_IO,
 * BERTH_ERR_FORMAT (a number that the precision does not hold),
 * BERTH_ERR_MEMORY; nothing new is left then. Threads: any number may save a
 * model, or use it at the same time.
 */
BERTH_API enum berth_status
berth_model_save(const struct berth_model *model, const char *path,
                 void (*on_made)(void *arg, const char *path), void *arg,
                 struct berth_error *err);

BERTH_API void berth_model_close(struct berth_model *model);

/* How similar two vectors are. As with model.similarity() of
 * sentence-transformers, a larger value means more similar. */
enum berth_similarity {
    BERTH_SIMILARITY_COSINE = 0,
    BERTH_SIMILARITY_DOT,
    BERTH_SIMILARITY_EUCLIDEAN, /* the distance, negative */
    BERTH_SIMILARITY_MANHATTAN  /* the sum of absolute differences, negative */
};

/* berth_similarity_name - as config_sentence_transformers.json gives it:
 * "cosine", "dot", "euclidean", "manhattan". Cannot fail. */
BERTH_API const char *berth_similarity_name(enum berth_similarity similarity);

/* berth_similarity_parse - the other way; false: no such name, and out is
 * untouched. */
BERTH_API bool berth_similarity_parse(const char *name,
                                      enum berth_similarity *out);

/* How attention knows the distance of two tokens, beside a table of positions.
 */
enum berth_distances {
    BERTH_DISTANCES_NONE = 0, /* not at all, or by what the tokens say, too */
    BERTH_DISTANCES_ADDED,    /* each head adds a number to its scores: ALiBi,
                                 buckets */
    BERTH_DISTANCES_TURNED    /* queries and keys are turned: RoPE */
};

/* Sizes and facts of a model; strings live as long as the model. */
struct berth_model_facts {
    const char *path;   /* as opened; "@builtin" for the built-in model */
    const char *family; /* model_type: "bert", "roberta", "deberta-v2" ...; "":
                           there is no config.json */
    size_t num_hidden_layers;
    size_t hidden_size;
    size_t num_attention_heads;
    size_t head_size; /* numbers of a query, a key or a value */
    size_t vocab_size;
    size_t max_positions; /* tokens that a text may have */
    size_t position_size; /* length of a learnt position embedding; 0: the
                             model has none */
    enum berth_distances distances;
    size_t max_tokens;     /* effective limit of a text, special tokens counted:
                              the model's own, or max_positions */
    size_t embedding_size; /* length of the vector berth_embed() makes when no
                              option changes it */
    size_t sentence_max_tokens; /* limit for embed: max_seq_length of a
                                   sentence-transformers folder, at most
                                   max_positions; else max_tokens */
    size_t query_max_tokens;    /* the same for what is searched for, and */
    size_t document_max_tokens; /* for what is searched */
    bool sentence_no_special;   /* sentence vectors are made without [CLS] and
                                   [SEP]: set no_special of the options */
    bool has_pooling; /* the folder says how to pool; else mean is assumed */
    bool has_weights; /* there are files of weights, whatever is in them */
    bool sparse;     /* the folder says that its vectors are berth_sparse()'s */
    bool normalizes; /* its sentence vectors have unit length */
    enum berth_similarity similarity; /* what its vectors are made for; dot
                                         products of unit length are cosines */
    float similarity_threshold; /* from where on two texts are taken to mean the
                                   like: the folder's own; else 0.5 for cosine,
                                   and NaN, none, for the others */
    bool include_prompt; /* false: prompt tokens are left out of the pooling */
    bool spaced_words;   /* its words are spelled with the blank before them:
                            " the", not "the", is one in a text */
    bool marks_subwords; /* a token that continues a word begins with a mark,
                            as "##ing" does */
    const char *mask_token; /* "[MASK]" as this model writes it; NULL: none */
    int32_t mask_id;        /* -1: none, or none that the encoder knows */
    int32_t cls_id, sep_id, pad_id, unk_id;
    size_t n_special;      /* special tokens that one text gets, and */
    size_t n_special_pair; /* that a pair gets, unless no_special is set */
    const char *cpu;       /* the CPU level chosen */
    size_t fetch_ahead;    /* how many bytes before their use packed weights are
                              fetched here; 0: the CPU does it by itself */
};

/* berth_model_get_facts - cannot fail. */
BERTH_API const struct berth_model_facts *
berth_model_get_facts(const struct berth_model *model);

/* berth_model_read_positions - what is added to the tokens first .. first + n -
 * 1 of a text, below max_positions: out (n, position_size). Only where
 * position_size > 0; not for a tokenizer-only model. Cannot fail. */
BERTH_API void berth_model_read_positions(const struct berth_model *model,
                                          size_t first, size_t n, float *out);

/*
 * berth_model_read_distances - what a distance of 1 - n .. n - 1 tokens, from
 * query to key, is to a layer and head: out (2n - 1).
 *
 * BERTH_DISTANCES_ADDED: the number that the head adds, in every layer.
 * BERTH_DISTANCES_TURNED: the cosine of a vector as it is turned at one place
 * and at the other, if all its pairs have one length: the mean over pairs of
 * the cosine of what they are turned by. The same for every head.
 *
 * Only where facts have one of these; not for a tokenizer-only model. Cannot
 * fail.
 */
BERTH_API void berth_model_read_distances(const struct berth_model *model,
                                          size_t layer, size_t head, size_t n,
                                          float *out);

/* What config.json says labels are for. Where it says nothing, one label is a
 * probability of its own, and of several one is true. */
enum berth_problem {
    BERTH_PROBLEM_UNSAID = 0,
    BERTH_PROBLEM_REGRESSION,   /* logits are the result */
    BERTH_PROBLEM_SINGLE_LABEL, /* one of them is true: softmax */
    BERTH_PROBLEM_MULTI_LABEL   /* any of them may be: sigmoid */
};

/* A head of a model; strings live as long as the model. */
struct berth_head_facts {
    enum berth_head_kind kind;
    const char *name;          /* in words: "sequence-classification" */
    const char *command;       /* of the berth program that runs it; "": none */
    bool of_tokens;            /* logits of each token; else of each text */
    size_t n_out;              /* logits */
    const char *const *labels; /* (n_out) in the order of the logits, as
                                  id2label of config.json has them, or "LABEL_0"
                                  ...; NULL: this kind has none */
    enum berth_problem problem;
    const char *activation; /* of logits, where sentence-transformers'
                               CrossEncoder left it in the folder:
                               "torch.nn.modules.activation.Sigmoid"; or NULL */
};

/*
 * berth_model_get_heads - the heads of a model, by kind; whether they were
 * opened or not.
 *
 * A head is there if its tensors are. Where one tensor could belong to several,
 * "architectures" of config.json decides. Of a tokenizer-only model, those that
 * "architectures" names. Returns an array of *n entries that lives as long as
 * the model. Cannot fail.
 */
BERTH_API const struct berth_head_facts *
berth_model_get_heads(const struct berth_model *model, size_t *n);

/* berth_model_get_head - the one that was opened; NULL: none. Cannot fail. */
BERTH_API const struct berth_head_facts *
berth_model_get_head(const struct berth_model *model);

/* One setting of a model, and where it came from. */
struct berth_setting {
    const char *key;    /* "hidden_size", "do_lower_case", "max_tokens" ... */
    const char *value;  /* as text */
    const char *source; /* "config.json", "default", ...; "guessed from ...":
                           no file says it */
};

/*
 * berth_model_get_settings - what was read, in a fixed order, for people.
 *
 * Returns an array of *n entries that lives as long as the model. Cannot fail.
 */
BERTH_API const struct berth_setting *
berth_model_get_settings(const struct berth_model *model, size_t *n);

/*
 * berth_model_get_prompt - the text that a sentence-transformers folder puts
 * in front of every text under this name.
 *
 *   name  NULL: the folder's default prompt
 *
 * Returns the prompt, living as long as the model; NULL when there is none by
 * that name (for name NULL: when there is no default).
 */
BERTH_API const char *berth_model_get_prompt(const struct berth_model *model,
                                             const char *name);

/* berth_model_get_prompt_name - of prompt i of those that have a name, from 0;
 * NULL: there are not so many. Lives as long as the model. */
BERTH_API const char *
berth_model_get_prompt_name(const struct berth_model *model, size_t i);

/*
 * berth_model_hash - CRC-32 of all weight files, in name order, and of the
 * Dense and LayerNorm modules after the encoder. Reads the files whole. A
 * tokenizer-only model gives 0. Cannot fail.
 */
BERTH_API uint32_t berth_model_hash(const struct berth_model *model);

/*
 * berth_tokenizer_hash - a number of all that decides which ids a text has: the
 * vocabulary, added tokens, rules and templates. What was computed under
 * another one may not be used again. Of this machine's byte order. Cannot fail.
 */
BERTH_API uint64_t berth_tokenizer_hash(const struct berth_model *model);

/* ------------------------------------------------------------------ tokens */

/* A text, or a pair; borrowed. Bytes that are not UTF-8 become U+FFFD. */
struct berth_text {
    const char *text; /* text A */
    size_t text_len;  /* bytes; may hold NUL */
    const char *pair; /* text B; NULL: none */
    size_t pair_len;
    const char *prompt; /* put before text A; NULL: none */
    size_t prompt_len;
};

enum berth_overflow {
    BERTH_OVERFLOW_TRUNCATE = 0, /* cut at the right end */
    BERTH_OVERFLOW_WINDOW,       /* several windows that overlap */
    BERTH_OVERFLOW_MASK /* one window around each mask token, centred; texts
                           without a mask are truncated */
};

enum berth_truncation {
    BERTH_TRUNCATE_LONGEST = 0, /* Hugging Face's longest_first */
    BERTH_TRUNCATE_FIRST,       /* only_first */
    BERTH_TRUNCATE_SECOND       /* only_second */
};

struct berth_tokenize_options {
    size_t max_tokens; /* special tokens counted; 0: no limit */
    enum berth_overflow overflow;
    enum berth_truncation truncation;
    size_t overlap;  /* tokens shared by neighbouring windows (HF: stride) */
    bool plain;      /* "[MASK]", "[SEP]" ... in the text are ordinary text */
    bool no_special; /* leave out [CLS] and [SEP] */
    bool words;      /* number the words; takes a little longer */
};

/* Bytes [begin, end) of text A or text B; (0, 0) for special tokens that the
 * tokenizer added, and for tokens of the prompt. */
struct berth_span {
    size_t begin;
    size_t end;
};

/* One sequence that fits the model: tokens start .. start + n_tokens - 1. */
struct berth_window {
    size_t start;
    size_t n_tokens;
    size_t n_prompt; /* leading tokens that belong to [CLS] and the prompt; 0
                        without a prompt */
    size_t focus;    /* BERTH_OVERFLOW_MASK with several windows: the mask this
                        window is for, counted from start; else SIZE_MAX */
};

/*
 * What berth_tokenize() makes. Start with {0}; reuse freely, memory only
 * grows; berth_tokens_free() at the end.
 */
struct berth_tokens {
    int32_t *ids;               /* (n) all windows one after another */
    int32_t *type_ids;          /* (n) 0, or 1 for text B and its [SEP] */
    struct berth_span *offsets; /* (n) */
    bool *special;              /* (n) added by the tokenizer: [CLS], [SEP] */
    bool *second;               /* (n) of text B: some models give it type 0 */
    size_t *words;              /* (n) with options.words: the word of its text
                                   that a token is of, as the tokenizer parts
                                   texts before it looks for tokens, from 0 in
                                   each text; SIZE_MAX: a special token */
    size_t n;
    struct berth_window *windows; /* (n_windows), at least one */
    size_t n_windows;
    size_t n_full;    /* tokens of the whole text, special ones counted, before
                         anything was cut */
    size_t n_unknown; /* how many of these are [UNK] */
    bool truncated;   /* tokens were dropped (never with windows) */
    void *memory;     /* private */
};

/*
 * berth_tokenize - text to tokens, as the model's fast tokenizer of Hugging
 * Face does.
 *
 *   options  NULL: no limit, special tokens recognised and added
 *   tokens   in/out; what it held is replaced
 *
 * Errors:  BERTH_ERR_MEMORY; BERTH_ERR_ARGUMENT when max_tokens leaves no room,
 *          the overlap is not smaller than that room, only_first / only_second
 *          cannot shorten the pair enough, all windows together would hold more
 *          than 4,194,304 tokens and more than 16 times n_full, a word is
 *          unknown and the vocabulary has no unknown token, or the encoder that
 *          was opened does not know one of the ids or types. An error is this
 *          text's alone.
 * Threads: one struct berth_tokens for each thread.
 */
BERTH_API enum berth_status
berth_tokenize(const struct berth_model *model, const struct berth_text *text,
               const struct berth_tokenize_options *options,
               struct berth_tokens *tokens, struct berth_error *err);

BERTH_API void berth_tokens_free(struct berth_tokens *tokens);

/* A token, and what its spelling means, which differs from tokenizer to
 * tokenizer. Strings are terminated and live as long as the model. */
struct berth_token {
    const char *text; /* as the vocabulary writes it: "##ing" */
    size_t size;      /* bytes of it */
    const char *word; /* its characters in a text: "ing" */
    size_t word_size;
    bool continues; /* it goes on the word of the token before it: no blank is
                       between them */
    bool goes_on;   /* the token after it goes on its word, as after "low" where
                       "er</w>" is what ends one */
    bool spaced;    /* a blank is before it, which is spelled, too: that is what
                       U+0120 and U+2581 say */
    bool special;   /* not the text of a word: declared special, or put around
                       texts, or used for an unknown word */
};

/*
 * berth_token_get - a token of the vocabulary, or one that was added to it.
 *
 * Returns false when id is out of range or has no token: then text and word are
 * "". Cannot fail otherwise.
 */
BERTH_API bool berth_token_get(const struct berth_model *model, int32_t id,
                               struct berth_token *out);

/* berth_token_joined - whether token goes on the word of the one before it. */
static inline bool berth_token_joined(const struct berth_token *before,
                                      const struct berth_token *token)
{
    return !token->special && !before->special &&
           (token->continues || before->goes_on);
}

/* berth_token_text - its text alone; "" where there is none. */
BERTH_API const char *berth_token_text(const struct berth_model *model,
                                       int32_t id);

/* berth_token_id - the id of a token written as in the vocabulary; -1: none. */
BERTH_API int32_t berth_token_id(const struct berth_model *model,
                                 const char *text, size_t text_len);

/*
 * berth_decode - ids to text, with Hugging Face's clean-up.
 *
 *   ids           (n); one below vocab_size that the tokenizer has no token for
 *                 becomes nothing
 *   skip_special  leave out [CLS], [SEP], [PAD], [MASK], [UNK] and other tokens
 *                 declared special
 *   out           owned, free(); terminated; *out_len bytes
 *
 * Errors: BERTH_ERR_ARGUMENT (an id that neither the model nor the tokenizer
 *         has), BERTH_ERR_MEMORY.
 */
BERTH_API enum berth_status berth_decode(const struct berth_model *model,
                                         const int32_t *ids, size_t n,
                                         bool skip_special, char **out,
                                         size_t *out_len,
                                         struct berth_error *err);

/*
 * berth_join - tokens to text without clean-up, as convert_tokens_to_string()
 * of Hugging Face's tokenizers does. A token may be any text.
 *
 *   tokens   (n) as the vocabulary writes them; may hold NUL
 *   sizes    (n) bytes of each
 *   out      owned, free(); terminated; *out_len bytes
 *
 * Errors: BERTH_ERR_MEMORY.
 */
BERTH_API enum berth_status berth_join(const struct berth_model *model,
                                       const char *const *tokens,
                                       const size_t *sizes, size_t n,
                                       char **out, size_t *out_len,
                                       struct berth_error *err);

/* ----------------------------------------------------------------- encoder */

/* One sequence for the encoder; everything is borrowed for the call. */
struct berth_sequence {
    const int32_t *ids;      /* (n_tokens) each in 0 .. vocab_size - 1 */
    const int32_t *type_ids; /* (n_tokens); NULL: all 0, as for a model whose
                                model_input_names has no "token_type_ids" */
    size_t n_tokens;         /* 1 .. max_positions */
    size_t n_real; /* tokens that are not padding, at the front; 0: all. Keys
                      after them have attention weight exactly 0 */
    size_t n_skip; /* leading tokens left out of the pooling */
    const bool *ignored; /* (n_tokens) keys that no token looks at, itself
                           included: their weight is exactly 0, and the weights
                           of the others sum to 1, or are 0 where a query
                           reaches no other; NULL: none */
};

/*
 * berth_context_new - workspace and threads to run a model with.
 *
 *   model         borrowed until berth_context_free()
 *   n_threads     1 or more, the caller's own thread counted; where the system
 *                 starts fewer, those: berth_context_count_threads()
 *   batch_tokens  tokens that one berth_forward() will be given at most; a
 *                 sequence longer than that still runs, alone
 *   out           owned: berth_context_free()
 *
 * After this, berth_forward() allocates nothing unless a batch is larger.
 *
 * Errors: BERTH_ERR_MEMORY, BERTH_ERR_ARGUMENT (a tokenizer-only model).
 */
BERTH_API enum berth_status berth_context_new(const struct berth_model *model,
                                              size_t n_threads,
                                              size_t batch_tokens,
                                              struct berth_context **out,
                                              struct berth_error *err);

/* berth_context_count_threads - those that work, the caller's counted. No
 * result depends on it. */
BERTH_API size_t berth_context_count_threads(const struct berth_context *ctx);

BERTH_API void berth_context_free(struct berth_context *ctx);

/* A head by its numbers from 0. */
struct berth_head {
    size_t layer;
    size_t head;
};

/*
 * berth_context_cut_heads - from the next call on, these heads have weights
 * and context 0, as in Michel et al. 2019 (arXiv:1905.10650), section 2.3.
 *
 *   heads  (n) copied; they replace those cut before; n 0: none is cut
 *
 * Errors: BERTH_ERR_ARGUMENT (no such head), BERTH_ERR_MEMORY.
 */
BERTH_API enum berth_status
berth_context_cut_heads(struct berth_context *ctx,
                        const struct berth_head *heads, size_t n,
                        struct berth_error *err);

enum {
    BERTH_LAST_LAYER = -1
};

/*
 * berth_forward - runs the encoder over a batch.
 *
 *   sequences  (n)
 *   layer      hidden state to stop at: 0 embeddings, N after layer N,
 *              BERTH_LAST_LAYER
 *
 * The states stay in ctx until the next call; berth_hidden(), berth_embed(),
 * berth_logits() and berth_predict() read them. Linear layers run over the
 * tokens of all sequences, one after another and without padding; attention
 * runs within each sequence.
 *
 * Errors: BERTH_ERR_ARGUMENT (an id, type or layer out of range, no tokens),
 *         BERTH_ERR_TOO_LONG, BERTH_ERR_MEMORY.
 * Source: Devlin et al. 2018 (arXiv:1810.04805); BertModel of transformers.
 */
BERTH_API enum berth_status
berth_forward(struct berth_context *ctx, const struct berth_sequence *sequences,
              size_t n, int layer, struct berth_error *err);

/*
 * berth_continue - runs the batch of the last berth_forward() on, from the
 * hidden state where it stopped. What the sequences point to as ignored must
 * still be there.
 *
 *   layer  hidden state to stop at, that one or a later one, as for
 *          berth_forward(): the states are the same, bit for bit, as if it had
 *          gone there at once
 *
 * Errors: BERTH_ERR_ARGUMENT (a layer out of range, no batch).
 */
BERTH_API enum berth_status berth_continue(struct berth_context *ctx, int layer,
                                           struct berth_error *err);

/* berth_hidden - states of sequence i of the last berth_forward(): (n_tokens,
 * C), borrowed from ctx until the next call. Cannot fail. */
BERTH_API const float *berth_hidden(const struct berth_context *ctx, size_t i);

/* ------------------------------------------------------------------- embed */

enum berth_pooling {
    BERTH_POOLING_MODEL = 0, /* as the folder says; mean when it is silent */
    BERTH_POOLING_CLS,
    BERTH_POOLING_MAX,
    BERTH_POOLING_MEAN,
    BERTH_POOLING_MEAN_SQRT,     /* sum / sqrt(n) */
    BERTH_POOLING_WEIGHTED_MEAN, /* weights 1, 2, ... n */
    BERTH_POOLING_LAST
};

struct berth_embed_options {
    enum berth_pooling pooling; /* another than the model's leaves out Dense and
                                   LayerNorm modules */
    bool no_dense; /* leave out Dense and LayerNorm modules (set it when
                      berth_forward() stopped at an inner layer) */
    int normalize; /* 0: as the model, 1: unit length, -1: never */
    size_t dim;    /* the first dim dimensions, normalised again where the
                      vector was; 0: as the model, which may cut the vector
                      that it made to its first dimensions (truncate_dim of
                      sentence-transformers) and leave it so */
};

/* berth_embed_size - length of the vectors that these options give; where dim
 * is larger, of the whole vector. */
BERTH_API size_t berth_embed_size(const struct berth_model *model,
                                  const struct berth_embed_options *options);

/*
 * berth_embed - one vector for each sequence of the last berth_forward().
 *
 *   options  NULL: as the model says
 *   out      (n, berth_embed_size()) float
 *
 * Errors: BERTH_ERR_ARGUMENT (dim larger than the vector).
 * Source: sentence_transformers Pooling, Dense, LayerNorm, Normalize.
 */
BERTH_API enum berth_status
berth_embed(struct berth_context *ctx,
            const struct berth_embed_options *options, float *out,
            struct berth_error *err);

/*
 * berth_embed_merge - the vector of a text from those of its windows: their
 * mean weighted by weights, normalised again where berth_embed() does.
 *
 *   vectors  (n, size)    weights  (n) token counts    out  (size)
 *
 * One window gives its own vector, bit for bit. Cannot fail.
 */
BERTH_API void berth_embed_merge(const struct berth_model *model,
                                 const struct berth_embed_options *options,
                                 const float *vectors, const size_t *weights,
                                 size_t n, float *out);

/* ----------------------------------------------------------------- vectors */

/*
 * berth_similarities - how similar one vector is to each of many. The cosine
 * takes vectors of unit length and is their dot product.
 *
 *   query  (size)    rows  (n, size)    out  (n)
 *
 * Each is summed in one order: the same bits for any n, at every CPU level.
 * Cannot fail.
 */
BERTH_API void berth_similarities(enum berth_similarity similarity,
                                  const float *query, const float *rows,
                                  size_t n, size_t size, float *out);

/* How the numbers of a vector are held; as sentence-transformers names them. */
enum berth_vector_type {
    BERTH_VECTOR_F32 = 0,
    BERTH_VECTOR_I8,     /* 255 steps of a dimension's range, less 128 */
    BERTH_VECTOR_U8,     /* the same, from 0 */
    BERTH_VECTOR_BINARY, /* a bit each: > 0; 8 to a byte, the first one highest,
                            the byte less 128 */
    BERTH_VECTOR_UBINARY /* the same, from 0 */
};

/* berth_vector_bytes - of a vector of size numbers. */
BERTH_API size_t berth_vector_bytes(enum berth_vector_type type, size_t size);

/*
 * berth_vector_quantize - a vector in another type.
 *
 *   x       (size)
 *   ranges  (2, size) the smallest and the largest value of each dimension, for
 *           BERTH_VECTOR_I8 and _U8; what lies outside becomes the nearest step
 *   out     berth_vector_bytes()
 *
 * Cannot fail. Source: quantize_embeddings() of sentence-transformers 6.2.
 */
BERTH_API void berth_vector_quantize(enum berth_vector_type type,
                                     const float *x, size_t size,
                                     const float *ranges, void *out);

/*
 * berth_vector_similarities - the same as berth_similarities() with vectors
 * that are held in another type. A step counts as its middle. A bit counts as
 * +1 or -1 over the root of size, so that the bits of a vector have unit length
 * too.
 *
 *   query   (size) float32
 *   ranges  as for berth_vector_quantize()
 *   rows    (n, berth_vector_bytes())
 *   out     (n)
 *
 * Each is summed in one order, as there. Cannot fail.
 */
BERTH_API void berth_vector_similarities(enum berth_similarity similarity,
                                         enum berth_vector_type type,
                                         const float *query,
                                         const float *ranges, const void *rows,
                                         size_t n, size_t size, float *out);

/* berth_vector_numbers - what a vector in another type means: out (size). As
 * berth_vector_similarities() says; cannot fail. */
BERTH_API void berth_vector_numbers(enum berth_vector_type type,
                                    const void *row, size_t size,
                                    const float *ranges, float *out);

/* berth_vector_widen - extends ranges (2, size) so that they include x (size).
 * If first is true, sets both to x. */
BERTH_API void berth_vector_widen(const float *x, size_t size, float *ranges,
                                  bool first);

/* Sums of 64-bit words and sums of these sums (Fletcher, 1982), word i in lane
 * i % BERTH_SUMS_LANES: as fast as memory. A changed word changes the first sum
 * of its lane, words that change places the second. All start at 0. */
enum {
    BERTH_SUMS_LANES = 8
};
struct berth_sums {
    uint64_t first[BERTH_SUMS_LANES], second[BERTH_SUMS_LANES];
};

/* berth_sums_add - goes on with n bytes, in the byte order of this machine: a
 * multiple of 64, or the last ones, to which zeros are added. Cannot fail. */
BERTH_API void berth_sums_add(struct berth_sums *sums, const void *data,
                              size_t n);

/*
 * The rows of an index that are nearest to some vectors: every row is compared,
 * and the scores are those of berth_vector_similarities() to the bit. Where
 * there are bytes, bits or many vectors, a faster product with a known error
 * first says which rows can be among the best.
 */
struct berth_nearest;

struct berth_nearest_options {
    enum berth_similarity similarity;
    enum berth_vector_type type; /* of the rows */
    size_t size;                 /* numbers of a vector */
    const float *ranges;         /* as for berth_vector_quantize() */
    const float *queries;        /* (n_queries, size) */
    size_t n_queries;
    size_t k; /* rows of each that are kept */
};

struct berth_near {
    float score;
    size_t row;
    float rescored; /* of berth_nearest_rescore(); until then as score */
};

/*
 * berth_nearest_new - nothing is found yet. model is only asked for its CPU
 * level; it, ranges and queries are borrowed until berth_nearest_free(). Each
 * thread has its own. Errors: BERTH_ERR_ARGUMENT (no numbers, or bits with
 * another similarity than cosine or dot), BERTH_ERR_MEMORY.
 */
BERTH_API enum berth_status
berth_nearest_new(const struct berth_model *model,
                  const struct berth_nearest_options *options,
                  struct berth_nearest **out, struct berth_error *err);
BERTH_API void berth_nearest_free(struct berth_nearest *nearest);

/*
 * berth_nearest_add - compares rows, numbered from first on.
 *
 *   rows  (n, berth_vector_bytes())
 *   skip  bit i % 64 of element i / 64: row i is left out; NULL: none is
 *   sums  goes on with the bytes of all rows while these are compared, as
 *         berth_sums_add(); NULL: not asked for
 *
 * Of equal scores the lower number is better, in whatever order rows come.
 * Errors: BERTH_ERR_FORMAT (a score is no finite number), BERTH_ERR_MEMORY.
 */
BERTH_API enum berth_status
berth_nearest_add(struct berth_nearest *nearest, const void *rows, size_t n,
                  size_t first, const uint64_t *skip, struct berth_sums *sums,
                  struct berth_error *err);

/* berth_nearest_join - what another one of the same options found. Errors:
 * BERTH_ERR_MEMORY. */
BERTH_API enum berth_status berth_nearest_join(struct berth_nearest *to,
                                               const struct berth_nearest *from,
                                               struct berth_error *err);

/*
 * berth_nearest_rescore - rows that were found in fewer bits, of those numbered
 * from first to first + n - 1, are compared again with their vectors:
 *
 *   vector  (size) of row number first + i; NULL: it is not to be had
 *
 * The score is that of berth_similarities(). What is kept of a query are still
 * the best by their first score. Errors: BERTH_ERR_FORMAT (no vector, or a
 * score that is no finite number).
 */
BERTH_API enum berth_status
berth_nearest_rescore(struct berth_nearest *nearest, size_t first, size_t n,
                      const float *(*vector)(void *arg, size_t i), void *arg,
                      struct berth_error *err);

/* berth_nearest_get - of a query the rows, the best first, as rescored: owned
 * by nearest, which takes no more rows after that. */
BERTH_API const struct berth_near *
berth_nearest_get(struct berth_nearest *nearest, size_t query, size_t *n);

/* ------------------------------------------------------------------- heads */

/*
 * berth_logits - what the head of the model says of each text, or of each
 * token, of the last berth_forward(), which must have run all layers.
 *
 *   out  (n, n_out) for a head of texts, a row for each sequence; (N, n_out)
 *        for one of tokens, a row for each of all N tokens of the sequences,
 * one after another
 *
 * Errors: BERTH_ERR_ARGUMENT (the model was opened without a head),
 *         BERTH_ERR_MEMORY.
 * Source: the classes of transformers that struct berth_head_facts names.
 */
BERTH_API enum berth_status berth_logits(struct berth_context *ctx, float *out,
                                         struct berth_error *err);

/* A token of the last berth_forward(). */
struct berth_place {
    size_t sequence;
    size_t position;
};

/*
 * berth_predict - what a head of tokens says at some places: the rows that
 * berth_logits() would give for these tokens, bit for bit. For the
 * masked-language-model head n_out is V.
 *
 *   places  (n)
 *   out     (n, n_out) logits
 *
 * Where berth_forward() stopped at an inner layer, this is the logit lens: what
 * the head would say of that hidden state. A model that normalises the last
 * one, as ModernBERT does, has it normalised in the same way first.
 *
 * Errors: BERTH_ERR_ARGUMENT (a place outside the batch, a model opened
 *         without a head of tokens), BERTH_ERR_MEMORY.
 * Source: nostalgebraist 2020, "interpreting GPT: the logit lens"; what it
 * shows of early layers may mislead: Belrose et al. 2023, arXiv:2303.08112.
 */
BERTH_API enum berth_status berth_predict(struct berth_context *ctx,
                                          const struct berth_place *places,
                                          size_t n, float *out,
                                          struct berth_error *err);

/*
 * berth_sparse - what a masked-language-model head says of each text of the
 * last berth_forward() as a whole: for each word of the vocabulary the largest
 * over all its tokens, special ones too, of log(1 + max(0, logit)).
 *
 *   out  (n, V) weights, 0 or more, a row for each sequence
 *
 * A SparseEncoder's folder may ask for the sum in place of the largest, and for
 * the logarithm twice. Errors: as berth_predict().
 * Source: SpladePooling of sentence-transformers; Formal et al. 2021,
 * arXiv:2109.10086, equation 1 and section 3.2.
 */
BERTH_API enum berth_status berth_sparse(struct berth_context *ctx, float *out,
                                         struct berth_error *err);

/* berth_softmax - each row of x (rows, n) becomes exp(x) / sum exp(x), rows
 * split over the context's threads. Relative error below 4e-5. A row with NaN
 * or infinity, or of -infinity alone, becomes NaN. Cannot fail. */
BERTH_API void berth_softmax(struct berth_context *ctx, float *x, size_t rows,
                             size_t n);

/* berth_log_sums - out (rows): log(sum exp(x)) of each row of x (rows, n),
 * which turns logits into logarithms of probabilities. Rows are split over the
 * context's threads. Error below 4e-5; NaN where berth_softmax() gives it.
 * Cannot fail. */
BERTH_API void berth_log_sums(struct berth_context *ctx, const float *x,
                              size_t rows, size_t n, double *out);

/*
 * berth_top_k - the indices of the k largest of x (n), largest first; of equal
 * values the smaller index first. k is at most n; NaN is never chosen before a
 * number. Cannot fail.
 */
BERTH_API void berth_top_k(const float *x, size_t n, size_t k, int32_t *out);

/* --------------------------------------------------------------- attention */

enum berth_attention_part {
    BERTH_ATTENTION_WEIGHTS = 0, /* softmax of the scores; rows sum to 1 */
    BERTH_ATTENTION_SCORES, /* q.k / sqrt(D) and what is added for distances,
                               before the softmax; keys that are not looked at
                               have the lowest float */
    BERTH_ATTENTION_Q,      /* turned, where the model turns them */
    BERTH_ATTENTION_K,
    BERTH_ATTENTION_V, /* heads that share keys and values have the same */
    BERTH_ATTENTION_CONTEXT, /* weights times V */
    BERTH_ATTENTION_NORMS,   /* |weight f(x)|, f(x) the key's V through its
                                head's part of the output matrix */
    /* Of a whole layer, in the order of computing. */
    BERTH_ATTENTION_OUTPUT, /* contexts of all heads, after the dense layer */
    BERTH_ATTENTION_NORMALIZED, /* the layer's input added, and normalised
                                   unless the model does so before */
    BERTH_FEED_FORWARD_INSIDE,  /* after the activation, times the gate */
    BERTH_FEED_FORWARD_OUTPUT,  /* after its second dense layer */
    BERTH_LAYER_OUTPUT          /* added, likewise: hidden state n + 1 */
};

/* berth_attention_width - how many numbers a row of this part has: n_tokens,
 * D, C, the feed-forward's inner size, or within MobileBERT's bottlenecks
 * theirs. */
BERTH_API size_t berth_attention_width(const struct berth_model *model,
                                       enum berth_attention_part part,
                                       size_t n_tokens);

struct berth_attention_request {
    enum berth_attention_part part;
    const size_t *layers; /* (n_layers) ascending, each < num_hidden_layers */
    size_t n_layers;
    const size_t *heads; /* (n_heads) ascending, each < num_attention_heads */
    size_t n_heads;
};

/*
 * berth_attend - runs one sequence and keeps the attention of some heads.
 *
 *   out  weights, scores, norms: (n_layers, n_heads, T, T), rows are queries;
 *        q, k, v, context: (n_layers, n_heads, T, D); of a whole layer:
 *        (n_layers, T, berth_attention_width()), heads are not looked at
 *
 * Layer n reads hidden state n and makes hidden state n + 1. Padded queries
 * (n_real < n_tokens) have rows too.
 *
 * Errors: as berth_forward(); BERTH_ERR_ARGUMENT for a layer or head.
 * Source: Vaswani et al. 2017, equation 1 (arXiv:1706.03762); norms: Kobayashi
 * et al. 2020, equation 2 and section 3.1 (arXiv:2004.10102).
 */
BERTH_API enum berth_status
berth_attend(struct berth_context *ctx, const struct berth_sequence *sequence,
             const struct berth_attention_request *request, float *out,
             struct berth_error *err);

#ifdef __cplusplus
}
#endif

#endif
