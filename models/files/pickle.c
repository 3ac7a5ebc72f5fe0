/*
 * pickle.c - the machine of a pickle: operations of one byte and their
 * arguments, which move values from and to a stack, and a memo of values that
 * come again. https://github.com/python/cpython/blob/main/Lib/pickletools.py
 * says what each does.
 *
 * No operation recurses, and none makes more than a few dozen bytes of one of
 * the file.
 */
#include "models/files/pickle.h"
#include "lib/status.h"
#include "models/files/torch_objects.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK = 4096, /* bytes that are taken from the system at once */
    STOP = '.',
    LONG_BYTES = 8, /* of the largest number that is of use */
};

struct berth_pickle_block {
    struct berth_pickle_block *next;
    size_t used, room;
    max_align_t data[];
};

/* -------------------------------------------------------------- failures */

enum berth_status berth_pickle_fail(const struct berth_pickle *p,
                                    const char *expected, const char *found)
{
    return berth_fail(p->err, BERTH_ERR_FORMAT,
                      "%s: byte %zu: expected %s, found %s", p->file, p->op,
                      expected, found);
}

static enum berth_status fail_memory(const struct berth_pickle *p)
{
    return berth_fail(p->err, BERTH_ERR_MEMORY, "%s: out of memory", p->file);
}

static enum berth_status fail_end(const struct berth_pickle *p)
{
    return berth_pickle_fail(p, "more bytes", "the end of the file");
}

const char *berth_pickle_describe(const struct berth_pickle_value *value)
{
    static const char *const names[] = {
        [BERTH_PICKLE_ABSENT] = "nothing",
        [BERTH_PICKLE_MARK] = "the beginning of a list",
        [BERTH_PICKLE_NONE] = "None",
        [BERTH_PICKLE_OTHER] = "a value of another kind",
        [BERTH_PICKLE_NUMBER] = "a number",
        [BERTH_PICKLE_TEXT] = "a string",
        [BERTH_PICKLE_TUPLE] = "a tuple",
        [BERTH_PICKLE_LIST] = "a list",
        [BERTH_PICKLE_DICT] = "a dict",
        [BERTH_PICKLE_GLOBAL] = "a class or function",
        [BERTH_PICKLE_STORAGE] = "the storage of a tensor",
        [BERTH_PICKLE_TENSOR] = "a tensor",
    };

    return names[value->kind];
}

bool berth_pickle_is(const struct berth_pickle_value *value, const char *word)
{
    return value->kind == BERTH_PICKLE_TEXT && value->size == strlen(word) &&
           memcmp(value->text, word, value->size) == 0;
}

/* ---------------------------------------------------------------- memory */

void *berth_pickle_take(struct berth_pickle *p, size_t size)
{
    const size_t unit = sizeof(max_align_t);
    struct berth_pickle_block *block = p->blocks;

    size = (size + unit - 1) / unit * unit;
    if (block == NULL || block->room - block->used < size) {
        const size_t room = size > BLOCK ? size : BLOCK;

        block = calloc(1, sizeof(*block) + room);
        if (block == NULL) {
            fail_memory(p);
            return NULL;
        }
        *block = (struct berth_pickle_block){.next = p->blocks, .room = room};
        p->blocks = block;
    }
    void *taken = (char *)block->data + block->used;
    block->used += size;
    return taken;
}

/* Room for n values in an array that grows to twice what it was. */
static bool make_room(struct berth_pickle_value **array, size_t *room, size_t n)
{
    if (n <= *room)
        return true;
    const size_t more = n > 2 * *room ? n : 2 * *room;
    struct berth_pickle_value *grown = realloc(*array, more * sizeof(*grown));

    if (grown == NULL)
        return false;
    memset(grown + *room, 0, (more - *room) * sizeof(*grown));
    *array = grown;
    *room = more;
    return true;
}

void berth_pickle_free(struct berth_pickle *p)
{
    while (p->blocks != NULL) {
        struct berth_pickle_block *next = p->blocks->next;

        free(p->blocks);
        p->blocks = next;
    }
    free(p->stack);
    free(p->memo);
}

/* ------------------------------------------------------- bytes and stack */

/* The next n bytes; NULL: there are fewer, and that was said. */
static const unsigned char *take_bytes(struct berth_pickle *p, size_t n)
{
    const unsigned char *bytes = p->data + p->at;

    if (n > p->size - p->at) {
        fail_end(p);
        return NULL;
    }
    p->at += n;
    return bytes;
}

/* A number of n bytes, little-endian. */
static enum berth_status take_number(struct berth_pickle *p, size_t n,
                                     size_t *out)
{
    const unsigned char *bytes = take_bytes(p, n);

    if (bytes == NULL)
        return BERTH_ERR_FORMAT;
    *out = 0;
    for (size_t i = 0; i < n; i++)
        *out |= (size_t)bytes[i] << (8 * i);
    return BERTH_OK;
}

static enum berth_status push(struct berth_pickle *p,
                              struct berth_pickle_value value)
{
    if (!make_room(&p->stack, &p->stack_room, p->n_stack + 1))
        return fail_memory(p);
    p->stack[p->n_stack++] = value;
    return BERTH_OK;
}

static enum berth_status push_kind(struct berth_pickle *p,
                                   enum berth_pickle_kind kind)
{
    return push(p, (struct berth_pickle_value){.kind = kind});
}

/* The value on top, which is the latest mark's or above it. NULL: there is
 * none, and that was said. */
static struct berth_pickle_value *top(const struct berth_pickle *p)
{
    if (p->n_stack > 0 && p->stack[p->n_stack - 1].kind != BERTH_PICKLE_MARK)
        return &p->stack[p->n_stack - 1];
    berth_pickle_fail(p, "a value before it", "none");
    return NULL;
}

static enum berth_status pop(struct berth_pickle *p,
                             struct berth_pickle_value *out)
{
    const struct berth_pickle_value *value = top(p);

    if (value == NULL)
        return BERTH_ERR_FORMAT;
    *out = *value;
    p->n_stack--;
    return BERTH_OK;
}

/* How many values are above the latest mark. */
static enum berth_status count_marked(const struct berth_pickle *p, size_t *n)
{
    for (size_t i = p->n_stack; i-- > 0;) {
        if (p->stack[i].kind == BERTH_PICKLE_MARK) {
            *n = p->n_stack - 1 - i;
            return BERTH_OK;
        }
    }
    return berth_pickle_fail(p, "a mark before it", "none");
}

/* The container below the values above it: the latest n, and a mark if they
 * are marked. NULL: it is of another kind, and that was said. */
static struct berth_pickle_list *container(const struct berth_pickle *p,
                                           size_t above,
                                           enum berth_pickle_kind kind)
{
    const struct berth_pickle_value none = {.kind = BERTH_PICKLE_ABSENT};
    const struct berth_pickle_value *value =
        above < p->n_stack ? &p->stack[p->n_stack - 1 - above] : &none;

    if (value->kind == kind)
        return value->list;
    berth_pickle_fail(p,
                      kind == BERTH_PICKLE_DICT ? "a dict to put it in"
                                                : "a list to put it in",
                      berth_pickle_describe(value));
    return NULL;
}

enum berth_status berth_pickle_append(struct berth_pickle *p,
                                      struct berth_pickle_list *list,
                                      const struct berth_pickle_value *key,
                                      const struct berth_pickle_value *value)
{
    struct berth_pickle_item *item = berth_pickle_take(p, sizeof(*item));

    if (item == NULL)
        return BERTH_ERR_MEMORY;
    if (key != NULL)
        item->key = *key;
    item->value = *value;
    if (list->last != NULL)
        list->last->next = item;
    else
        list->first = item;
    list->last = item;
    list->n++;
    return BERTH_OK;
}

/* Puts n values of the stack into a list, or pairs of them into a dict. */
static enum berth_status append_all(struct berth_pickle *p,
                                    struct berth_pickle_list *list,
                                    const struct berth_pickle_value *values,
                                    size_t n, bool pairs)
{
    enum berth_status status = BERTH_OK;

    if (pairs && n % 2 != 0)
        return berth_pickle_fail(p, "a value for each key", "one too few");
    for (size_t i = 0; status == BERTH_OK && i < n; i++) {
        if (values[i].kind == BERTH_PICKLE_MARK)
            return berth_pickle_fail(p, "a value before it", "none");
        if (!pairs)
            status = berth_pickle_append(p, list, NULL, &values[i]);
        else if (i % 2 == 1)
            status = berth_pickle_append(p, list, &values[i - 1], &values[i]);
    }
    return status;
}

/* ------------------------------------------------------------ operations */

/* An operation: code is its byte. */
typedef enum berth_status operation(struct berth_pickle *p, unsigned char code);

static enum berth_status op_protocol(struct berth_pickle *p, unsigned char code)
{
    (void)code;
    return take_bytes(p, 1) != NULL ? BERTH_OK : BERTH_ERR_FORMAT;
}

static enum berth_status op_mark(struct berth_pickle *p, unsigned char code)
{
    (void)code;
    return push_kind(p, BERTH_PICKLE_MARK);
}

static enum berth_status op_none(struct berth_pickle *p, unsigned char code)
{
    (void)code;
    return push_kind(p, BERTH_PICKLE_NONE);
}

/* True, False, a set. */
static enum berth_status op_other(struct berth_pickle *p, unsigned char code)
{
    (void)code;
    return push_kind(p, BERTH_PICKLE_OTHER);
}

static enum berth_status op_float(struct berth_pickle *p, unsigned char code)
{
    (void)code;
    if (take_bytes(p, 8) == NULL)
        return BERTH_ERR_FORMAT;
    return push_kind(p, BERTH_PICKLE_OTHER);
}

static enum berth_status op_number(struct berth_pickle *p, unsigned char code)
{
    const size_t n = code == 'J' ? 4 : code == 'M' ? 2 : 1;
    size_t bits;

    if (take_number(p, n, &bits) != BERTH_OK)
        return BERTH_ERR_FORMAT;
    return push(p, (struct berth_pickle_value){
                       .kind = BERTH_PICKLE_NUMBER,
                       /* Four bytes have a sign. */
                       .number = n == 4 ? (int32_t)bits : (int64_t)bits});
}

/* Up to 255 bytes, the last with the sign. What does not fit is of no use. */
static enum berth_status op_long(struct berth_pickle *p, unsigned char code)
{
    const unsigned char *bytes;
    uint64_t bits = 0;
    size_t n;

    (void)code;
    if (take_number(p, 1, &n) != BERTH_OK || (bytes = take_bytes(p, n)) == NULL)
        return BERTH_ERR_FORMAT;
    if (n > LONG_BYTES)
        return push_kind(p, BERTH_PICKLE_OTHER);
    if (n > 0 && (bytes[n - 1] & 0x80) != 0)
        bits = UINT64_MAX;
    for (size_t i = n; i-- > 0;)
        bits = bits << 8 | bytes[i];
    return push(p, (struct berth_pickle_value){.kind = BERTH_PICKLE_NUMBER,
                                               .number = (int64_t)bits});
}

static enum berth_status op_text(struct berth_pickle *p, unsigned char code)
{
    const unsigned char *text;
    size_t n;

    if (take_number(p, code == 'X' ? 4 : 1, &n) != BERTH_OK ||
        (text = take_bytes(p, n)) == NULL)
        return BERTH_ERR_FORMAT;
    return push(p, (struct berth_pickle_value){
                       .kind = BERTH_PICKLE_TEXT, .size = n, .text = text});
}

static enum berth_status push_list(struct berth_pickle *p,
                                   enum berth_pickle_kind kind,
                                   struct berth_pickle_list **out)
{
    *out = berth_pickle_take(p, sizeof(**out));
    if (*out == NULL)
        return BERTH_ERR_MEMORY;
    return push(p, (struct berth_pickle_value){.kind = kind, .list = *out});
}

static enum berth_status op_empty(struct berth_pickle *p, unsigned char code)
{
    struct berth_pickle_list *list;

    return push_list(p,
                     code == ')'   ? BERTH_PICKLE_TUPLE
                     : code == ']' ? BERTH_PICKLE_LIST
                                   : BERTH_PICKLE_DICT,
                     &list);
}

/* A tuple of the n latest values, in whose place it comes; of those above the
 * mark, and the mark, where it is marked. */
static enum berth_status make_tuple(struct berth_pickle *p, size_t n,
                                    bool marked)
{
    struct berth_pickle_list *list = berth_pickle_take(p, sizeof(*list));
    enum berth_status status;

    if (list == NULL)
        return BERTH_ERR_MEMORY;
    if (n > p->n_stack)
        return berth_pickle_fail(p, "a value before it", "none");
    status = append_all(p, list, p->stack + p->n_stack - n, n, false);
    if (status != BERTH_OK)
        return status;
    p->n_stack -= n + (marked ? 1 : 0);
    return push(p, (struct berth_pickle_value){.kind = BERTH_PICKLE_TUPLE,
                                               .list = list});
}

static enum berth_status op_tuple(struct berth_pickle *p, unsigned char code)
{
    size_t n = code - 0x84u; /* 0x85: one value ... 0x87: three */
    enum berth_status status = BERTH_OK;

    if (code == 't')
        status = count_marked(p, &n);
    return status == BERTH_OK ? make_tuple(p, n, code == 't') : status;
}

/* One value, or all above the mark, into the container before them. */
static enum berth_status op_put_into(struct berth_pickle *p, unsigned char code)
{
    const bool pairs = code == 's' || code == 'u';
    const bool marked = code == 'e' || code == 'u';
    struct berth_pickle_list *list;
    size_t n = pairs ? 2 : 1;
    enum berth_status status = BERTH_OK;

    if (marked)
        status = count_marked(p, &n);
    if (status != BERTH_OK)
        return status;
    list = container(p, n + (marked ? 1 : 0),
                     pairs ? BERTH_PICKLE_DICT : BERTH_PICKLE_LIST);
    if (list == NULL)
        return BERTH_ERR_FORMAT;
    status = append_all(p, list, p->stack + p->n_stack - n, n, pairs);
    p->n_stack -= n + (marked ? 1 : 0);
    return status;
}

/* A value comes back by the number under which it was put away. */
static enum berth_status op_get(struct berth_pickle *p, unsigned char code)
{
    size_t i;

    if (take_number(p, code == 'j' ? 4 : 1, &i) != BERTH_OK)
        return BERTH_ERR_FORMAT;
    if (i >= p->memo_room || p->memo[i].kind == BERTH_PICKLE_ABSENT)
        return berth_pickle_fail(p, "a value of the memo", "none");
    return push(p, p->memo[i]);
}

/* Writers count up from 0 or 1, and each of these takes two bytes or more: a
 * number beyond the bytes so far is false, and would take too much memory. */
static enum berth_status op_put(struct berth_pickle *p, unsigned char code)
{
    const struct berth_pickle_value *value = top(p);
    size_t i;

    if (value == NULL || take_number(p, code == 'r' ? 4 : 1, &i) != BERTH_OK)
        return BERTH_ERR_FORMAT;
    if (i > p->at - p->begin)
        return berth_pickle_fail(p, "the next number of the memo",
                                 "one far beyond it");
    if (!make_room(&p->memo, &p->memo_room, i + 1))
        return fail_memory(p);
    p->memo[i] = *value;
    return BERTH_OK;
}

/* A module and a name, each up to the end of its line. */
static enum berth_status op_global(struct berth_pickle *p, unsigned char code)
{
    struct berth_pickle_value words[2];
    struct berth_pickle_value value = {.kind = BERTH_PICKLE_GLOBAL};

    (void)code;
    for (size_t i = 0; i < 2; i++) {
        const unsigned char *text = p->data + p->at;
        const unsigned char *end = memchr(text, '\n', p->size - p->at);

        if (end == NULL)
            return fail_end(p);
        words[i] = (struct berth_pickle_value){.kind = BERTH_PICKLE_TEXT,
                                               .size = (size_t)(end - text),
                                               .text = text};
        p->at += words[i].size + 1;
    }
    enum berth_status status =
        berth_torch_find(p, &words[0], &words[1], &value.global);
    return status == BERTH_OK ? push(p, value) : status;
}

/* A call, or a new object of a class, with a tuple of arguments. */
static enum berth_status op_call(struct berth_pickle *p, unsigned char code)
{
    struct berth_pickle_value args, global, made = {0};
    enum berth_status status = pop(p, &args);

    if (status == BERTH_OK)
        status = pop(p, &global);
    if (status != BERTH_OK)
        return status;
    if (args.kind != BERTH_PICKLE_TUPLE)
        return berth_pickle_fail(p, "a tuple of arguments",
                                 berth_pickle_describe(&args));
    if (global.kind != BERTH_PICKLE_GLOBAL)
        return berth_pickle_fail(p, "a class or function to call",
                                 berth_pickle_describe(&global));
    status = berth_torch_call(p, global.global, code == 0x81, args.list, &made);
    return status == BERTH_OK ? push(p, made) : status;
}

/* Attributes of an object: of an OrderedDict, which has the versions of
 * modules there. */
static enum berth_status op_build(struct berth_pickle *p, unsigned char code)
{
    struct berth_pickle_value state;

    (void)code;
    if (pop(p, &state) != BERTH_OK)
        return BERTH_ERR_FORMAT;
    return container(p, 0, BERTH_PICKLE_DICT) != NULL ? BERTH_OK
                                                      : BERTH_ERR_FORMAT;
}

static enum berth_status op_storage(struct berth_pickle *p, unsigned char code)
{
    struct berth_pickle_value id, value = {.kind = BERTH_PICKLE_STORAGE};
    enum berth_status status = pop(p, &id);

    (void)code;
    if (status == BERTH_OK)
        status = berth_torch_storage(p, &id, &value.storage);
    return status == BERTH_OK ? push(p, value) : status;
}

static operation *const operations[UINT8_MAX + 1] = {
    [0x80] = op_protocol, ['('] = op_mark,     ['N'] = op_none,
    [0x88] = op_other,    [0x89] = op_other,   [0x8f] = op_other,
    ['G'] = op_float,     ['J'] = op_number,   ['K'] = op_number,
    ['M'] = op_number,    [0x8a] = op_long,    ['X'] = op_text,
    ['U'] = op_text,      [')'] = op_empty,    [']'] = op_empty,
    ['}'] = op_empty,     ['t'] = op_tuple,    [0x85] = op_tuple,
    [0x86] = op_tuple,    [0x87] = op_tuple,   ['a'] = op_put_into,
    ['e'] = op_put_into,  ['s'] = op_put_into, ['u'] = op_put_into,
    ['h'] = op_get,       ['j'] = op_get,      ['q'] = op_put,
    ['r'] = op_put,       ['c'] = op_global,   ['R'] = op_call,
    [0x81] = op_call,     ['b'] = op_build,    ['Q'] = op_storage,
};

static enum berth_status refuse_operation(const struct berth_pickle *p,
                                          unsigned char code)
{
    return berth_fail(p->err, BERTH_ERR_UNSUPPORTED,
                      "%s: byte %zu: expected an operation that weights need, "
                      "found 0x%02x: torch.save() writes only those unless it "
                      "is given another pickle_protocol",
                      p->file, p->op, code);
}

/* One operation, or STOP. */
static enum berth_status step(struct berth_pickle *p, bool *stop)
{
    const unsigned char *code;

    p->op = p->at;
    if (p->at - p->begin > BERTH_PICKLE_MAX)
        return berth_pickle_fail(p, "a pickle of at most 100 MB", "more");
    code = take_bytes(p, 1);
    if (code == NULL)
        return BERTH_ERR_FORMAT;
    *stop = *code == STOP;
    if (*stop)
        return BERTH_OK;
    if (operations[*code] == NULL)
        return refuse_operation(p, *code);
    return operations[*code](p, *code);
}

enum berth_status berth_pickle_load(struct berth_pickle *p,
                                    struct berth_pickle_value *out)
{
    enum berth_status status = BERTH_OK;
    bool stop = false;

    p->begin = p->at;
    p->n_stack = 0;
    if (p->memo != NULL)
        memset(p->memo, 0, p->memo_room * sizeof(*p->memo));
    while (status == BERTH_OK && !stop)
        status = step(p, &stop);
    return status == BERTH_OK ? pop(p, out) : status;
}
