/*
 * test_pooling.c - one vector from the states of a sequence; expected values
 * were worked out by hand and are exact in float32.
 */
#include "models/heads/pooling.h"
#include "models/linear/norm.h"

#include "tests/tap.h"

enum {
    N = 4,
    C = 3
};

static const float states[N * C] = {
    1, -8, 0.5f,  /* */
    2, -2, 0.25f, /* */
    4, -4, 1,     /* */
    9, -6, 0.25f,
};

static void test_modes(void)
{
    static const struct {
        const char *title;
        enum berth_pooling pooling;
        size_t n, first;
        float want[C];
    } cases[] = {
        {"cls: the first", BERTH_POOLING_CLS, 4, 1, {1, -8, 0.5f}},
        {"last: the last", BERTH_POOLING_LAST, 4, 1, {9, -6, 0.25f}},
        {"max, of each column", BERTH_POOLING_MAX, 4, 1, {9, -2, 1}},
        {"mean of four: sum / 4", BERTH_POOLING_MEAN, 4, 1, {4, -5, 0.5f}},
        {"mean of two", BERTH_POOLING_MEAN, 2, 1, {1.5f, -5, 0.375f}},
        {"mean does not look at first",
         BERTH_POOLING_MEAN,
         4,
         7,
         {4, -5, 0.5f}},
        {"mean-sqrt: sum / sqrt 4", BERTH_POOLING_MEAN_SQRT, 4, 1, {8, -10, 1}},
        /* (1*1 + 2*2 + 3*4 + 4*9) / 10 and so on */
        {"weighted-mean: weights 1 2 3 4",
         BERTH_POOLING_WEIGHTED_MEAN,
         4,
         1,
         {53.0f / 10, -48.0f / 10, 5.0f / 10}},
        /* (3*1 + 4*2) / 7 */
        {"weighted-mean: weights 3 4",
         BERTH_POOLING_WEIGHTED_MEAN,
         2,
         3,
         {11.0f / 7, -32.0f / 7, 2.5f / 7}},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        float out[C] = {99, 99, 99};

        berth_pool_states(cases[i].pooling, states, cases[i].n, cases[i].first,
                          C, out);
        EQUAL_FLOATS(out, cases[i].want, C, "%s", cases[i].title);
    }
}

static void test_edges(void)
{
    static const enum berth_pooling all[] = {
        BERTH_POOLING_MEAN, BERTH_POOLING_MAX,  BERTH_POOLING_MEAN_SQRT,
        BERTH_POOLING_CLS,  BERTH_POOLING_LAST, BERTH_POOLING_WEIGHTED_MEAN,
    };
    static const float zero[C];
    const float odd[2 * 2] = {NAN, 1, 5, NAN};
    float out[C];

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        memset(out, 1, sizeof(out));
        berth_pool_states(all[i], NULL, 0, 1, C, out);
        EQUAL_FLOATS(out, zero, C, "pooling %d of no states is 0", all[i]);
        berth_pool_states(all[i], states, 1, 1, C, out);
        EQUAL_FLOATS(out, states, C, "pooling %d of one state is that state",
                     all[i]);
    }
    berth_pool_states(BERTH_POOLING_MAX, odd, 2, 1, 2, out);
    CHECK(isnan(out[0]), "max: NaN of the first state stays");
    CHECK(isnan(out[1]), "max: NaN of a later state stays");
}

static void test_unit_length(void)
{
    float x[2] = {3, -4}, tiny[2] = {3e-20f, 4e-20f}, zero[2] = {0, 0};
    float large[2] = {3e30f, 4e30f};

    berth_unit_length(x, 2);
    EQUAL_FLOATS(x, ((const float[]){0.6f, -0.8f}), 2, "(3, -4) / 5");
    berth_unit_length(zero, 2);
    EQUAL_FLOATS(zero, ((const float[]){0, 0}), 2, "(0, 0) stays");
    berth_unit_length(tiny, 2);
    NEAR(tiny[0], 3e-8, 1e-14, "below 1e-12 it is divided by 1e-12");
    berth_unit_length(large, 2);
    NEAR(large[1], 0.8, 1e-7, "squares beyond float32 do not overflow");
}

int main(void)
{
    test_modes();
    test_edges();
    test_unit_length();
    return tap_done();
}
