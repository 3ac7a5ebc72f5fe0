/*
 * test_pickle.c - the operations of a pickle: what they make, and what is
 * refused of those that do not fit together.
 */
#include "models/files/pickle.h"

#include "tests/tap.h"

#define P(text) text, sizeof(text) - 1

/* Loads a pickle in a block of exactly its size. */
static enum berth_status load(const char *pickle, size_t n,
                              struct berth_pickle *p, unsigned char **block,
                              struct berth_pickle_value *out,
                              struct berth_error *err)
{
    *block = malloc(n > 0 ? n : 1);
    memcpy(*block, pickle, n);
    *err = (struct berth_error){0};
    *p = (struct berth_pickle){
        .file = "x.bin", .data = *block, .size = n, .err = err};
    return berth_pickle_load(p, out);
}

/* What a value is, in Python's words, as far as it is known. */
static size_t print(const struct berth_pickle_value *v, char *out, size_t size)
{
    static const char *const brackets[] = {[BERTH_PICKLE_TUPLE] = "()",
                                           [BERTH_PICKLE_LIST] = "[]",
                                           [BERTH_PICKLE_DICT] = "{}"};
    size_t n;

    if (v->kind == BERTH_PICKLE_NUMBER)
        return (size_t)snprintf(out, size, "%lld", (long long)v->number);
    if (v->kind == BERTH_PICKLE_TEXT)
        return (size_t)snprintf(out, size, "'%.*s'", (int)v->size, v->text);
    if (v->kind < BERTH_PICKLE_TUPLE || v->kind > BERTH_PICKLE_DICT)
        return (size_t)snprintf(out, size, "%s",
                                v->kind == BERTH_PICKLE_NONE ? "None" : "?");
    n = (size_t)snprintf(out, size, "%c", brackets[v->kind][0]);
    for (const struct berth_pickle_item *i = v->list->first; i != NULL;
         i = i->next) {
        if (v->kind == BERTH_PICKLE_DICT) {
            n += print(&i->key, out + n, size - n);
            n += (size_t)snprintf(out + n, size - n, ":");
        }
        n += print(&i->value, out + n, size - n);
        n += (size_t)snprintf(out + n, size - n, ",");
    }
    return n + (size_t)snprintf(out + n, size - n, "%c", brackets[v->kind][1]);
}

/* What Python's own pickle.loads() makes of these. */
static void test_values(void)
{
    static const struct {
        const char *pickle;
        size_t n;
        const char *want;
    } cases[] = {
        {P("N."), "None"},
        {P("\x80\x02K\xff."), "255"},
        {P("M\x01\x80."), "32769"},
        {P("J\xfe\xff\xff\xff."), "-2"},
        {P("\x8a\0."), "0"},
        {P("\x8a\x01\xff."), "-1"},
        {P("\x8a\x02\xff\x00."), "255"},
        {P("\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80."),
         "-9223372036854775808"},
        {P("\x8a\x09\x01\x00\x00\x00\x00\x00\x00\x00\x01."), "?"},
        {P("X\3\0\0\0abc."), "'abc'"},
        {P("U\2ab."), "'ab'"},
        {P("\x88."), "?"},
        {P("G\x40\x09\x21\xfb\x54\x44\x2d\x18."), "?"},
        {P(")."), "()"},
        {P("(K\1K\2(K\3tt."), "(1,2,(3,),)"},
        {P("K\1\x85K\2\x86."), "((1,),2,)"},
        {P("K\1K\2K\3\x87."), "(1,2,3,)"},
        {P("]K\1aK\2a."), "[1,2,]"},
        {P("](K\1K\2e."), "[1,2,]"},
        {P("](e."), "[]"},
        {P("}K\1K\2s(K\3K\4K\5Nu."), "{1:2,3:4,5:None,}"},
        {P("]q\0(h\0K\1e."), NULL}, /* a list in itself */
        {P("]q\2K\1aq\3}K\1h\2sK\2h\3s."), "{1:[1,],2:[1,],}"},
        {P("Nr\1\0\0\0K\1j\1\0\0\0\x86."), "(1,None,)"},
        {P("ctorch\nSize\nK\2K\3\x86\x85R."), "(2,3,)"},
        {P("ccollections\nOrderedDict\n)RK\1K\2s."), "{1:2,}"},
        {P("ccollections\nOrderedDict\n)\x81K\1K\2s."), "{1:2,}"},
        {P("c__builtin__\nset\n]\x85R."), "?"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct berth_pickle p;
        struct berth_pickle_value value;
        struct berth_error err;
        unsigned char *block;
        char got[256] = "";

        if (EQUAL_INT(
                load(cases[i].pickle, cases[i].n, &p, &block, &value, &err),
                BERTH_OK, "value %zu: %s", i, err.message) &&
            cases[i].want != NULL) {
            print(&value, got, sizeof(got));
            EQUAL_TEXT(got, cases[i].want, "value %zu", i);
            EQUAL_SIZE(p.at, cases[i].n, "value %zu: all is read", i);
        }
        berth_pickle_free(&p);
        free(block);
    }
}

/* Operations that do not fit together. */
static void test_refused(void)
{
    static const struct {
        const char *pickle;
        size_t n;
        enum berth_status status;
        const char *words;
    } cases[] = {
        {P(""), BERTH_ERR_FORMAT, "byte 0: expected more bytes, found the end"},
        {P("\x80"), BERTH_ERR_FORMAT, "expected more bytes"},
        {P("\x80\x02."), BERTH_ERR_FORMAT, "expected a value before it"},
        {P("\x80\x04\x95"), BERTH_ERR_UNSUPPORTED, "found 0x95"},
        {P("cos\nsystem\n"), BERTH_ERR_UNSUPPORTED, "found 'os.system'"},
        {P("cos\nsyst"), BERTH_ERR_FORMAT, "the end of the file"},
        {P("X\xff\xff\xff\xff"), BERTH_ERR_FORMAT, "the end of the file"},
        {P("h\0"), BERTH_ERR_FORMAT, "a value of the memo, found none"},
        {P("]r\xff\xff\xff\x7f"), BERTH_ERR_FORMAT, "one far beyond it"},
        {P("(q\0"), BERTH_ERR_FORMAT, "expected a value before it"},
        {P("t"), BERTH_ERR_FORMAT, "expected a mark before it"},
        {P("K\1\x86"), BERTH_ERR_FORMAT, "expected a value before it"},
        {P("K\1(\x86"), BERTH_ERR_FORMAT, "expected a value before it"},
        {P("}a"), BERTH_ERR_FORMAT, "expected a list to put it in"},
        {P("}K\1a"), BERTH_ERR_FORMAT, "a list to put it in, found a dict"},
        {P("]K\1K\1s"), BERTH_ERR_FORMAT, "a dict to put it in, found a list"},
        {P("}(K\1u"), BERTH_ERR_FORMAT, "a value for each key"},
        {P("}K\1(s"), BERTH_ERR_FORMAT, "expected a value before it"},
        {P("K\1)R"), BERTH_ERR_FORMAT, "a class or function to call"},
        {P("ctorch\nSize\n]R"), BERTH_ERR_FORMAT, "a tuple of arguments"},
        {P("ctorch\nSize\n)R"), BERTH_ERR_FORMAT, "at least 1 arguments"},
        {P("ctorch\nSize\n(t\x81"), BERTH_ERR_FORMAT, "makes something"},
        {P("ctorch\nTensor\n)R"), BERTH_ERR_FORMAT, "found 'torch.Tensor'"},
        {P("K\1Q"), BERTH_ERR_FORMAT, "the tuple of a storage"},
        {P("(U\6modulectorch\nSize\nU\1aU\1aNtQ"), BERTH_ERR_UNSUPPORTED,
         "found the code of a module"},
        {P("]}b"), BERTH_ERR_FORMAT, "a dict to put it in, found a list"},
        {P("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n"
           "_rebuild_from_type_v2\nN)}tR"),
         BERTH_ERR_FORMAT, "a function and its arguments"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct berth_pickle p;
        struct berth_pickle_value value;
        struct berth_error err;
        unsigned char *block;

        EQUAL_INT(load(cases[i].pickle, cases[i].n, &p, &block, &value, &err),
                  cases[i].status, "%s: status", cases[i].words);
        HAS_TEXT(err.message, cases[i].words, "message %zu", i);
        HAS_TEXT(err.message, "x.bin: byte ", "message %zu: the place", i);
        berth_pickle_free(&p);
        free(block);
    }
}

int main(void)
{
    test_values();
    test_refused();
    return tap_done();
}
