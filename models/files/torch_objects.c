/*
 * torch_objects.c - the classes and functions that a pickle of weights names,
 * as one table, and what each makes. torch/_weights_only_unpickler.py has those
 * that torch.load(weights_only=True) allows; torch/_utils.py says what their
 * arguments are.
 */
#include "models/files/torch_objects.h"
#include "lib/status.h"

#include <string.h>

enum {
    MAX_ARGS = 8
};

/* What a call makes. */
typedef enum berth_status maker(struct berth_pickle *p,
                                const struct berth_pickle_value *args, size_t n,
                                struct berth_pickle_value *out);

struct berth_torch_global {
    const char *module, *name;
    maker *make;       /* NULL: it is never called */
    size_t least_args; /* of MAX_ARGS */
    const char *dtype; /* of a storage or a dtype; else NULL */
};

/* ----------------------------------------------------------- python's own */

/* OrderedDict(), or of a list of pairs, as Python 2 has it. The items of that
 * list become the dict's: the pickle has no other use for it, and copies of one
 * list could be made without end. */
static enum berth_status make_dict(struct berth_pickle *p,
                                   const struct berth_pickle_value *args,
                                   size_t n, struct berth_pickle_value *out)
{
    out->kind = BERTH_PICKLE_DICT;
    out->list = berth_pickle_take(p, sizeof(*out->list));
    if (out->list == NULL)
        return BERTH_ERR_MEMORY;
    if (n == 0)
        return BERTH_OK;
    if (args[0].kind != BERTH_PICKLE_LIST)
        return berth_pickle_fail(p, "a list of pairs",
                                 berth_pickle_describe(&args[0]));
    *out->list = *args[0].list;
    *args[0].list = (struct berth_pickle_list){0};
    for (struct berth_pickle_item *i = out->list->first; i != NULL;
         i = i->next) {
        const struct berth_pickle_value pair = i->value;

        if ((pair.kind != BERTH_PICKLE_LIST &&
             pair.kind != BERTH_PICKLE_TUPLE) ||
            pair.list->n != 2)
            return berth_pickle_fail(p, "a pair of key and value",
                                     berth_pickle_describe(&pair));
        i->key = pair.list->first->value;
        i->value = pair.list->last->value;
    }
    return BERTH_OK;
}

/* A set, a device, ...: nothing that a weight needs. */
static enum berth_status make_other(struct berth_pickle *p,
                                    const struct berth_pickle_value *args,
                                    size_t n, struct berth_pickle_value *out)
{
    (void)p;
    (void)args;
    (void)n;
    out->kind = BERTH_PICKLE_OTHER;
    return BERTH_OK;
}

/* Size((2, 3)) is a tuple, Parameter(tensor) a tensor, encode("ab") bytes. */
static enum berth_status make_same(struct berth_pickle *p,
                                   const struct berth_pickle_value *args,
                                   size_t n, struct berth_pickle_value *out)
{
    (void)p;
    (void)n;
    *out = args[0];
    return BERTH_OK;
}

/* ---------------------------------------------------------------- tensors */

static enum berth_status as_size(struct berth_pickle *p,
                                 const struct berth_pickle_value *value,
                                 size_t *out)
{
    if (value->kind != BERTH_PICKLE_NUMBER)
        return berth_pickle_fail(p, "a size", berth_pickle_describe(value));
    if (value->number < 0 || (uint64_t)value->number > SIZE_MAX)
        return berth_pickle_fail(p, "a size", "a negative number");
    *out = (size_t)value->number;
    return BERTH_OK;
}

/* Up to BERTH_TENSOR_MAX_RANK sizes of a tuple. */
static enum berth_status as_sizes(struct berth_pickle *p,
                                  const struct berth_pickle_value *value,
                                  size_t *out, size_t *n)
{
    enum berth_status status = BERTH_OK;

    if (value->kind != BERTH_PICKLE_TUPLE)
        return berth_pickle_fail(p, "a tuple of sizes",
                                 berth_pickle_describe(value));
    if (value->list->n > BERTH_TENSOR_MAX_RANK)
        return berth_fail(p->err, BERTH_ERR_UNSUPPORTED,
                          "%s: byte %zu: expected a tensor of at most %d "
                          "dimensions, found %zu",
                          p->file, p->op, BERTH_TENSOR_MAX_RANK,
                          value->list->n);
    *n = 0;
    for (const struct berth_pickle_item *i = value->list->first;
         status == BERTH_OK && i != NULL; i = i->next)
        status = as_size(p, &i->value, &out[(*n)++]);
    return status;
}

static bool add(size_t a, size_t b, size_t *out)
{
    *out = a + b;
    return *out >= a;
}

/* The elements of a view, and how many there are from its first to its last in
 * the storage. false: too many. */
static bool measure(struct berth_tensor *view, size_t *span)
{
    size_t last = 0, step;

    view->n_elements = 1;
    for (size_t i = 0; i < view->rank; i++) {
        if (!berth_mul(view->n_elements, view->shape[i], &view->n_elements))
            return false;
    }
    *span = 0;
    if (view->n_elements == 0)
        return true;
    for (size_t i = 0; i < view->rank; i++) {
        if (!berth_mul(view->shape[i] - 1, view->strides[i], &step) ||
            !add(last, step, &last))
            return false;
    }
    return add(last, 1, span);
}

/* Whether the elements lie one after the other: where there is one of a
 * dimension, its stride is not used. */
static bool is_contiguous(const struct berth_tensor *view)
{
    size_t step = 1;

    for (size_t i = view->rank; i-- > 0;) {
        if (view->shape[i] != 1 && view->strides[i] != step)
            return false;
        step *= view->shape[i];
    }
    return true;
}

/* All elements must be inside the storage. A tensor may repeat some, but not
 * have more than there are: those would take memory that no file warrants. */
static enum berth_status check_view(struct berth_pickle *p,
                                    struct berth_torch_tensor *t, size_t offset)
{
    const struct berth_torch_storage *s = t->storage;
    const size_t size = t->view.dtype->block_bytes;
    size_t span, end, bytes;

    if (!measure(&t->view, &span) || !add(offset, span, &end) ||
        !berth_mul(end, size, &bytes) ||
        (t->view.n_elements > 0 && bytes > s->seen))
        return berth_fail(p->err, BERTH_ERR_FORMAT,
                          "%s: byte %zu: expected a tensor inside its storage "
                          "of %zu bytes, found one that ends behind it",
                          p->file, p->op, s->seen);
    if (t->view.n_elements > s->seen / size)
        return berth_fail(p->err, BERTH_ERR_UNSUPPORTED,
                          "%s: byte %zu: expected a tensor of at most the %zu "
                          "elements of its storage, found %zu",
                          p->file, p->op, s->seen / size, t->view.n_elements);
    t->first = t->view.n_elements > 0 ? offset * size : 0;
    t->view.strided = t->view.n_elements > 1 && !is_contiguous(&t->view);
    return BERTH_OK;
}

/* A view of a storage: storage, offset, size, stride, ... in elements of dtype;
 * NULL: the storage's. */
static enum berth_status make_view(struct berth_pickle *p,
                                   const struct berth_pickle_value *args,
                                   const struct berth_dtype *dtype,
                                   struct berth_pickle_value *out)
{
    struct berth_torch_tensor *t = berth_pickle_take(p, sizeof(*t));
    size_t offset = 0, n_strides = 0;

    if (t == NULL)
        return BERTH_ERR_MEMORY;
    if (args[0].kind != BERTH_PICKLE_STORAGE)
        return berth_pickle_fail(p, "the storage of a tensor",
                                 berth_pickle_describe(&args[0]));
    t->storage = args[0].storage;
    t->view.dtype = dtype != NULL ? dtype : t->storage->dtype;
    enum berth_status status = as_size(p, &args[1], &offset);
    if (status == BERTH_OK)
        status = as_sizes(p, &args[2], t->view.shape, &t->view.rank);
    if (status == BERTH_OK)
        status = as_sizes(p, &args[3], t->view.strides, &n_strides);
    if (status == BERTH_OK && n_strides != t->view.rank)
        status = berth_pickle_fail(p, "a stride for each dimension",
                                   "another number of them");
    if (status == BERTH_OK)
        status = check_view(p, t, offset);
    *out =
        (struct berth_pickle_value){.kind = BERTH_PICKLE_TENSOR, .tensor = t};
    return status;
}

/* Metadata say that a tensor is seen negated or conjugated. */
static enum berth_status
check_metadata(struct berth_pickle *p,
               const struct berth_pickle_value *metadata)
{
    if (metadata->kind == BERTH_PICKLE_NONE ||
        (metadata->kind == BERTH_PICKLE_DICT && metadata->list->n == 0))
        return BERTH_OK;
    return berth_fail(p->err, BERTH_ERR_UNSUPPORTED,
                      "%s: byte %zu: expected a tensor without metadata, found "
                      "one that is seen negated or conjugated: "
                      "tensor.resolve_neg() and torch.save() write it plainly",
                      p->file, p->op);
}

/* Storage, offset, size, stride; since 0.4 requires_grad, hooks, and at times
 * metadata. */
static enum berth_status make_tensor(struct berth_pickle *p,
                                     const struct berth_pickle_value *args,
                                     size_t n, struct berth_pickle_value *out)
{
    const enum berth_status status =
        n > 6 ? check_metadata(p, &args[6]) : BERTH_OK;

    return status == BERTH_OK ? make_view(p, args, NULL, out) : status;
}

/* The same of a storage of bytes, with the dtype before the metadata. */
static enum berth_status make_typed(struct berth_pickle *p,
                                    const struct berth_pickle_value *args,
                                    size_t n, struct berth_pickle_value *out)
{
    const struct berth_torch_global *global =
        args[6].kind == BERTH_PICKLE_GLOBAL ? args[6].global : NULL;

    if (global == NULL || global->dtype == NULL)
        return berth_pickle_fail(p, "a dtype", berth_pickle_describe(&args[6]));
    const enum berth_status status =
        n > 7 ? check_metadata(p, &args[7]) : BERTH_OK;
    return status == BERTH_OK
               ? make_view(p, args, berth_dtype_find(global->dtype), out)
               : status;
}

/* A tensor with attributes: a function, a class, its arguments, the state. */
static enum berth_status make_by_function(struct berth_pickle *p,
                                          const struct berth_pickle_value *args,
                                          size_t n,
                                          struct berth_pickle_value *out)
{
    (void)n;
    if (args[0].kind != BERTH_PICKLE_GLOBAL ||
        args[0].global->make == make_by_function ||
        args[2].kind != BERTH_PICKLE_TUPLE)
        return berth_pickle_fail(p, "a function and its arguments",
                                 berth_pickle_describe(&args[0]));
    return berth_torch_call(p, args[0].global, false, args[2].list, out);
}

/* -------------------------------------------------------------- the table */

static const struct berth_torch_global globals[] = {
    {"torch._utils", "_rebuild_tensor_v2", make_tensor, 6, NULL},
    {"torch._utils", "_rebuild_tensor", make_tensor, 4, NULL},
    {"torch._utils", "_rebuild_tensor_v3", make_typed, 7, NULL},
    {"torch._utils", "_rebuild_parameter", make_same, 1, NULL},
    {"torch._utils", "_rebuild_parameter_with_state", make_same, 1, NULL},
    {"torch._tensor", "_rebuild_from_type_v2", make_by_function, 3, NULL},
    {"torch.tensor", "_rebuild_from_type_v2", make_by_function, 3, NULL},
    {"torch.nn.parameter", "Parameter", make_same, 1, NULL},
    {"torch", "Tensor", NULL, 0, NULL},
    {"torch", "Size", make_same, 1, NULL},
    {"torch", "device", make_other, 0, NULL},
    {"torch.serialization", "_get_layout", make_other, 0, NULL},
    {"collections", "OrderedDict", make_dict, 0, NULL},
    {"collections", "Counter", make_other, 0, NULL},
    {"_codecs", "encode", make_same, 1, NULL},
    {"builtins", "bytearray", make_other, 0, NULL},
    {"builtins", "set", make_other, 0, NULL},
    {"builtins", "complex", make_other, 0, NULL},
    {"__builtin__", "bytearray", make_other, 0, NULL},
    {"__builtin__", "set", make_other, 0, NULL},
    {"__builtin__", "complex", make_other, 0, NULL},
    {"torch", "FloatStorage", NULL, 0, "F32"},
    {"torch", "HalfStorage", NULL, 0, "F16"},
    {"torch", "BFloat16Storage", NULL, 0, "BF16"},
    {"torch", "DoubleStorage", NULL, 0, "F64"},
    {"torch", "LongStorage", NULL, 0, "I64"},
    {"torch", "IntStorage", NULL, 0, "I32"},
    {"torch", "ShortStorage", NULL, 0, "I16"},
    {"torch", "CharStorage", NULL, 0, "I8"},
    {"torch", "ByteStorage", NULL, 0, "U8"},
    {"torch", "BoolStorage", NULL, 0, "BOOL"},
    {"torch", "ComplexFloatStorage", NULL, 0, "C64"},
    {"torch.storage", "UntypedStorage", NULL, 0, "U8"},
    {"torch", "UntypedStorage", NULL, 0, "U8"},
    {"torch", "float32", NULL, 0, "F32"},
    {"torch", "float16", NULL, 0, "F16"},
    {"torch", "bfloat16", NULL, 0, "BF16"},
    {"torch", "float64", NULL, 0, "F64"},
    {"torch", "int64", NULL, 0, "I64"},
    {"torch", "int32", NULL, 0, "I32"},
    {"torch", "int16", NULL, 0, "I16"},
    {"torch", "int8", NULL, 0, "I8"},
    {"torch", "uint8", NULL, 0, "U8"},
    {"torch", "uint16", NULL, 0, "U16"},
    {"torch", "uint32", NULL, 0, "U32"},
    {"torch", "uint64", NULL, 0, "U64"},
    {"torch", "bool", NULL, 0, "BOOL"},
    {"torch", "complex64", NULL, 0, "C64"},
    {"torch", "float8_e4m3fn", NULL, 0, "F8_E4M3"},
    {"torch", "float8_e5m2", NULL, 0, "F8_E5M2"},
    {"torch", "float8_e8m0fnu", NULL, 0, "F8_E8M0"},
    {"torch", "float8_e4m3fnuz", NULL, 0, "F8_E4M3FNUZ"},
    {"torch", "float8_e5m2fnuz", NULL, 0, "F8_E5M2FNUZ"},
};

enum berth_status berth_torch_find(const struct berth_pickle *p,
                                   const struct berth_pickle_value *module,
                                   const struct berth_pickle_value *name,
                                   const struct berth_torch_global **out)
{
    enum {
        SHOWN = 100
    };

    for (size_t i = 0; i < sizeof(globals) / sizeof(globals[0]); i++) {
        if (berth_pickle_is(name, globals[i].name) &&
            berth_pickle_is(module, globals[i].module)) {
            *out = &globals[i];
            return BERTH_OK;
        }
    }
    return berth_fail(
        p->err, BERTH_ERR_UNSUPPORTED,
        "%s: byte %zu: expected tensors alone, found '%.*s.%.*s', a class or "
        "function that weights do not need, and nothing of a file is run: "
        "torch.save(model.state_dict()) writes weights alone",
        p->file, p->op, module->size < SHOWN ? (int)module->size : SHOWN,
        (const char *)module->text,
        name->size < SHOWN ? (int)name->size : SHOWN, (const char *)name->text);
}

/* Objects that come from a class without its __init__ are OrderedDicts. */
enum berth_status berth_torch_call(struct berth_pickle *p,
                                   const struct berth_torch_global *global,
                                   bool is_new,
                                   const struct berth_pickle_list *args,
                                   struct berth_pickle_value *out)
{
    struct berth_pickle_value list[MAX_ARGS];
    size_t n = 0;

    if (global->make == NULL || (is_new && global->make != make_dict))
        return berth_fail(p->err, BERTH_ERR_FORMAT,
                          "%s: byte %zu: expected a function that makes "
                          "something, found '%s.%s'",
                          p->file, p->op, global->module, global->name);
    if (args->n < global->least_args)
        return berth_fail(p->err, BERTH_ERR_FORMAT,
                          "%s: byte %zu: '%s.%s': expected at least %zu "
                          "arguments, found %zu",
                          p->file, p->op, global->module, global->name,
                          global->least_args, args->n);
    for (const struct berth_pickle_item *i = args->first;
         i != NULL && n < MAX_ARGS; i = i->next)
        list[n++] = i->value;
    return global->make(p, list, n, out);
}

/* --------------------------------------------------------------- storages */

/* A part of a storage, as files before 1.6 may name it: a key of its own, the
 * first element, how many. */
static enum berth_status read_part(struct berth_pickle *p,
                                   const struct berth_pickle_value *part,
                                   struct berth_torch_storage *s)
{
    const size_t size = s->dtype->block_bytes;
    size_t first = 0, n = 0;
    enum berth_status status;

    if (part->kind == BERTH_PICKLE_NONE)
        return BERTH_OK;
    if (part->kind != BERTH_PICKLE_TUPLE || part->list->n != 3)
        return berth_pickle_fail(p, "a part of a storage",
                                 berth_pickle_describe(part));
    status = as_size(p, &part->list->first->next->value, &first);
    if (status == BERTH_OK)
        status = as_size(p, &part->list->last->value, &n);
    if (status != BERTH_OK)
        return status;
    if (first > s->n || n > s->n - first)
        return berth_pickle_fail(p, "a part inside its storage",
                                 "one that ends behind it");
    s->first = first * size;
    s->seen = n * size;
    return BERTH_OK;
}

/* ("storage", FloatStorage, key, location, n), and perhaps a part. */
static enum berth_status read_storage(struct berth_pickle *p,
                                      const struct berth_pickle_value *id,
                                      size_t n_id,
                                      struct berth_torch_storage *s)
{
    const struct berth_torch_global *type =
        id[1].kind == BERTH_PICKLE_GLOBAL ? id[1].global : NULL;

    if (type == NULL || type->dtype == NULL)
        return berth_pickle_fail(p, "the class of a storage",
                                 berth_pickle_describe(&id[1]));
    if (id[2].kind != BERTH_PICKLE_TEXT)
        return berth_pickle_fail(p, "the key of a storage",
                                 berth_pickle_describe(&id[2]));
    s->dtype = berth_dtype_find(type->dtype);
    s->key = id[2].text;
    s->key_size = id[2].size;
    enum berth_status status = as_size(p, &id[4], &s->n);
    if (status == BERTH_OK && !berth_mul(s->n, s->dtype->block_bytes, &s->size))
        status =
            berth_pickle_fail(p, "a size that fits in memory", "a larger one");
    s->seen = s->size;
    return status == BERTH_OK && n_id > 5 ? read_part(p, &id[5], s) : status;
}

enum berth_status berth_torch_storage(struct berth_pickle *p,
                                      const struct berth_pickle_value *id,
                                      struct berth_torch_storage **out)
{
    struct berth_torch_storage *s = berth_pickle_take(p, sizeof(*s));
    struct berth_pickle_value parts[6];
    size_t n = 0;

    if (s == NULL)
        return BERTH_ERR_MEMORY;
    if (id->kind != BERTH_PICKLE_TUPLE || id->list->n < 5 || id->list->n > 6)
        return berth_pickle_fail(p, "the tuple of a storage",
                                 berth_pickle_describe(id));
    for (const struct berth_pickle_item *i = id->list->first; i != NULL;
         i = i->next)
        parts[n++] = i->value;
    if (!berth_pickle_is(&parts[0], "storage"))
        return berth_fail(p->err, BERTH_ERR_UNSUPPORTED,
                          "%s: byte %zu: expected a storage, found the code "
                          "of a module: torch.save(model.state_dict()) writes "
                          "weights alone",
                          p->file, p->op);
    enum berth_status status = read_storage(p, parts, n, s);
    s->next = p->storages;
    p->storages = s;
    p->n_storages++;
    *out = s;
    return status;
}
