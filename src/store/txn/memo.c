#include "store/txn/memo.h"

void memo_forget(struct memo *m)
{
    for (unsigned i = 0; i < MEMO_ROWS; i++)
        m->rows[i].key_n = 0;
}

void memo_begin(struct memo *m, uint64_t version)
{
    if (m->version != version)
        memo_forget(m);
    m->version = version;
}

struct str memo_key(const struct memo *m, unsigned i)
{
    return str_of(m->rows[i].key, m->rows[i].key_n);
}

bool memo_get(const struct memo *m, struct str key, struct str *value)
{
    for (unsigned i = 0; i < MEMO_ROWS; i++) {
        const struct memo_row *row = &m->rows[i];
        if (key.n && str_eq(memo_key(m, i), key)) {
            *value = str_of(row->value, row->value_n);
            return true;
        }
    }
    return false;
}

void memo_change(struct memo *m, unsigned i, const struct str *value)
{
    struct memo_row *row = &m->rows[i];
    if (!value || value->n > MEMO_VALUE_MAX) {
        row->key_n = 0;
        return;
    }
    if (value->n)
        memcpy(row->value, value->p, value->n);
    row->value_n = (uint8_t)value->n;
}

void memo_keep(struct memo *m, struct str key, struct str value)
{
    if (key.n > MEMO_KEY_MAX || value.n > MEMO_VALUE_MAX)
        return;
    unsigned i = m->next++ % MEMO_ROWS;
    memcpy(m->rows[i].key, key.p, key.n);
    m->rows[i].key_n = (uint8_t)key.n;
    memo_change(m, i, &value);
}
