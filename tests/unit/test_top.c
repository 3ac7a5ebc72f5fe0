/*
 * test_top.c - the k best of many, against a place for each by counting.
 */
#include "cli/base/top.h"

#include "tests/tap.h"

enum {
    N = 300
};

struct element {
    int worth;
    size_t number;
};

static bool is_worth_more(const void *a, const void *b, const void *arg)
{
    const struct element *x = a;
    const struct element *y = b;

    (void)arg;
    return x->worth > y->worth;
}

/* Indices, by what is at them in arg. */
static bool is_larger(const void *a, const void *b, const void *arg)
{
    const int *values = arg;

    return values[*(const size_t *)a] > values[*(const size_t *)b];
}

/* How many of the N come before element i: equal ones in their order. */
static size_t place_of(const struct element *all, size_t i)
{
    size_t place = 0;

    for (size_t j = 0; j < N; j++)
        place += all[j].worth > all[i].worth ||
                 (all[j].worth == all[i].worth && j < i);
    return place;
}

static void test_kept(size_t k)
{
    struct element all[N], list[N + 2];
    const struct element guard = {-1, N};
    const size_t want = k < N ? k : N;
    size_t n = 0, wrong = 0;

    for (size_t i = 0; i < N + 2; i++)
        list[i] = guard;
    for (size_t i = 0; i < N; i++) {
        all[i] = (struct element){(int)(i * 7919 % 23), i};
        n = top_insert(list, n, k, &all[i], sizeof(*list), is_worth_more, NULL);
    }
    EQUAL_SIZE(n, want, "%zu best of %d: as many are kept", k, N);
    for (size_t i = 0; i < n; i++)
        wrong += list[i].number >= N || place_of(all, list[i].number) != i;
    EQUAL_SIZE(wrong, 0, "%zu best of %d: each in its place", k, N);
    EQUAL_INT(list[want].worth, guard.worth, "%zu best of %d: none beyond", k,
              N);
}

static void test_arg(void)
{
    const int values[] = {3, 9, 4, 9, 1};
    const size_t want[] = {1, 3, 2};
    size_t list[3], n = 0, wrong = 0;

    for (size_t i = 0; i < 5; i++)
        n = top_insert(list, n, 3, &i, sizeof(i), is_larger, values);
    EQUAL_SIZE(n, 3, "indices: as many as asked for");
    for (size_t i = 0; i < 3; i++)
        wrong += list[i] != want[i];
    EQUAL_SIZE(wrong, 0, "indices: sorted by what they stand for");
}

int main(void)
{
    const size_t k[] = {0, 1, 2, 23, N - 1, N, N + 1};

    for (size_t i = 0; i < sizeof(k) / sizeof(*k); i++)
        test_kept(k[i]);
    test_arg();
    return tap_done();
}
