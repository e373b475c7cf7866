/* Bytes as a program over a buffer, a rope and a cursor, beside a model that is just an array. */
#include "base/buf.h"
#include "base/cur.h"
#include "base/rope.h"

enum { MODEL_MAX = 4096, STEPS_MAX = 400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct model {
    char bytes[MODEL_MAX];
    size_t n;
};

static void model_add(struct model *m, struct str s)
{
    must(m->n + s.n <= MODEL_MAX);
    if (s.n)
        memcpy(m->bytes + m->n, s.p, s.n);
    m->n += s.n;
}

static void model_eat(struct model *m, size_t n)
{
    memmove(m->bytes, m->bytes + n, m->n - n);
    m->n -= n;
}

static void rope_step(struct rope *r, struct model *m, uint8_t op, struct str s)
{
    if (op % 4 == 3) {
        size_t n = s.n < m->n ? s.n : m->n;
        rope_eat(r, n);
        model_eat(m, n);
        return;
    }
    if (m->n + s.n > MODEL_MAX)
        return;
    model_add(m, s);
    if (op % 4 == 0)
        rope_put(r, s);
    else if (op % 4 == 1)
        rope_ref(r, s);
    else
        rope_own(r, s, NULL, NULL);
}

/* What buf writes cur reads, and a number's text is its number. */
static void numbers(struct arena *a, uint64_t value, struct str text)
{
    struct buf b = buf_of(a, 64);
    uint64_t back = 0;
    struct str read;
    buf_u64(&b, value);
    buf_byte(&b, ';');
    buf_le64(&b, value);
    buf_le_str(&b, str_sub(text, 0, 20));
    must(!b.overflow);
    struct cur c = cur_of(buf_str(&b));
    must(cur_u64(&c, &back) && back == value && cur_char(&c, ';'));
    must(cur_le64(&c, &back) && back == value);
    must(cur_le_str(&c, &read) && str_eq(read, str_sub(text, 0, 20)) && cur_end(&c));
}

/* Searching agrees with looking everywhere. */
static void searches(struct str s, struct str word)
{
    size_t first = SIZE_MAX, blind = SIZE_MAX;
    for (size_t at = s.n + 1; at-- > 0;) {
        first = at + word.n <= s.n && str_eq(str_sub(s, at, word.n), word) ? at : first;
        blind = at + word.n <= s.n && str_ieq(str_sub(s, at, word.n), word) ? at : blind;
    }
    must(str_find(s, word) == first);
    must(str_ifind(s, word) == blind);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct rope rope = rope_of(a);
    struct model model = {.n = 0};
    struct cur c = cur_of(str_of(data, n));
    uint8_t op, length;
    struct str s;
    for (int i = 0; i < STEPS_MAX && cur_le8(&c, &op) && cur_le8(&c, &length); i++) {
        if (!cur_bytes(&c, length % 64, &s))
            break;
        rope_step(&rope, &model, op, s);
        must(rope.bytes == model.n);
    }
    must(str_eq(rope_flatten(&rope, a), str_of(model.bytes, model.n)));
    uint64_t value = 0;
    (void)cur_le64(&c, &value);
    numbers(a, value, c.rest);
    searches(str_sub(str_of(data, n), 0, 200), str_sub(c.rest, 0, 3));
    rope_drop(&rope);
    return 0;
}
