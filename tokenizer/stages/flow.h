/*
 * flow.h - what passes through the stages of a tokenizer, and its memory. That
 * only grows, so that a caller who reuses it soon allocates nothing.
 */
#ifndef TOKENIZER_STAGES_FLOW_H
#define TOKENIZER_STAGES_FLOW_H

#include "lib/berth.h"

/* The place that a normalised byte has in the text: bytes [begin, end). For
 * U+00C9 "!", which becomes "e!", the origins are 0-2 and 2-3. */
struct berth_origin {
    uint32_t begin;
    uint32_t end;
};

/* Memory that a stage keeps from text to text: what is in it counts only until
 * the stage ends, as the next may use it too. */
struct berth_room {
    void *at;
    size_t capacity; /* bytes */
};

/* A stretch of text between added tokens. Start with {0}; berth_flow_free() at
 * the end. */
struct berth_flow {
    char *bytes;                 /* (n) UTF-8, as the normalizer left it */
    struct berth_origin *origin; /* (n) */
    size_t n;
    size_t capacity;
    struct berth_span *words; /* (n_words) of bytes, as the splitter cut it */
    size_t n_words;
    size_t word_capacity;
    char *spare_bytes; /* (spare_capacity), as bytes and origin: where a
                          sequence of normalizers has what is to be changed */
    struct berth_origin *spare_origin;
    size_t spare_capacity;
    struct berth_room normalizing;
    struct berth_room cutting[2];
};

void berth_flow_free(struct berth_flow *flow);

/* berth_flow_reserve - room for more normalised bytes. False: out of memory. */
bool berth_flow_reserve(struct berth_flow *flow, size_t more);

/* berth_flow_swap - bytes and origins change places with the spare ones, which
 * are as they were last; n is the caller's. */
void berth_flow_swap(struct berth_flow *flow);

/* The tokens of one text, before special tokens and truncation. */
struct berth_side {
    int32_t *ids;             /* (n) */
    struct berth_span *spans; /* (n) bytes of the text */
    size_t *words;            /* (n) where numbered: the word of each */
    size_t n;
    size_t capacity;
    size_t n_words;
    bool numbered; /* words are wanted, which takes longer */
};

/* berth_side_reserve - room for more tokens. False: out of memory. */
bool berth_side_reserve(struct berth_side *side, size_t more);

/* berth_side_put - the next token; there is room for it. */
static inline void berth_side_put(struct berth_side *side, int32_t id,
                                  size_t begin, size_t end)
{
    side->ids[side->n] = id;
    side->spans[side->n++] = (struct berth_span){begin, end};
}

/* A text that grows; terminated when something was added. */
struct berth_string {
    char *bytes;
    size_t n;
    size_t capacity;
};

/* berth_string_add - False: out of memory, and nothing has changed. */
bool berth_string_add(struct berth_string *string, const char *bytes, size_t n);

/* berth_enlarged - a capacity for need elements: at least half as many again as
 * there were. */
size_t berth_enlarged(size_t capacity, size_t need);

/* berth_resized - NULL: out of memory, and array is as it was. */
void *berth_resized(void *array, size_t capacity, size_t size);

/* For arrays that share a capacity, which counts when all have grown; returns
 * false from the function where memory is out. */
#define BERTH_RESIZE(field, capacity)                                          \
    do {                                                                       \
        void *array = berth_resized((field), (capacity), sizeof(*(field)));    \
        if (array == NULL)                                                     \
            return false;                                                      \
        (field) = array;                                                       \
    } while (0)

/* berth_enlarge - what berth_grown() does where there is something to do. */
void *berth_enlarge(void *array, size_t *capacity, size_t need, size_t size);

/* berth_grown - array with room for need elements of size bytes each, keeping
 * what it holds: array itself where its capacity will do. NULL: out of memory,
 * and nothing has changed. (It takes no address of a local, as words pass here
 * by the million, and the compiler guards the stack of a function that does.)
 */
static inline void *berth_grown(void *array, size_t *capacity, size_t need,
                                size_t size)
{
    return need <= *capacity && array != NULL
               ? array
               : berth_enlarge(array, capacity, need, size);
}

/* berth_flow_word - appends bytes [begin, end) as a word. False: out of
 * memory. */
static inline bool berth_flow_word(struct berth_flow *flow, size_t begin,
                                   size_t end)
{
    void *words = berth_grown(flow->words, &flow->word_capacity,
                              flow->n_words + 1, sizeof(*flow->words));

    if (words == NULL)
        return false;
    flow->words = words;
    flow->words[flow->n_words++] = (struct berth_span){begin, end};
    return true;
}

/* berth_room_grown - the same for a room, which comes to hold the array; need
 * is as many as a text has bytes, at most, so that need * size cannot wrap. */
static inline void *berth_room_grown(struct berth_room *room, size_t need,
                                     size_t size)
{
    void *array = berth_grown(room->at, &room->capacity, need * size, 1);

    if (array != NULL)
        room->at = array;
    return array;
}

#endif
