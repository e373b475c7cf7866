#include "web_table.h"

static void answer(const struct web_row *row, const struct web_question *q, web_done_fn *done,
                   void *arg)
{
    struct web_answer a = {.result = row->status ? WEB_ANSWERED : row->result,
                           .status = row->status,
                           .body = str_z(row->body)};
    struct web_header headers[2];
    a.headers = headers;
    if (row->content_type)
        headers[a.header_count++] =
            (struct web_header){STR("Content-Type"), str_z(row->content_type)};
    if (row->location)
        headers[a.header_count++] = (struct web_header){STR("Location"), str_z(row->location)};
    if (q->body_max && a.body.n > q->body_max)
        a = (struct web_answer){.result = WEB_TOO_LARGE};
    done(arg, &a);
}

static void start(void *self, const struct web_question *q, web_done_fn *done, void *arg)
{
    struct web_table *t = self;
    const struct web_row none = {.result = WEB_NO_HOST};
    t->questions++;
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(str_z(t->rows[i].url), q->url)) {
            answer(&t->rows[i], q, done, arg);
            return;
        }
    answer(&none, q, done, arg);
}

struct web web_table_web(struct web_table *t)
{
    return (struct web){t, start};
}
