#include "format/header/facts.h"
#include "base/cur.h"
#include "format/header.h"

static void field_note(struct header_facts *h, const struct header_field *f)
{
    if (str_ieq(f->name, STR("Received"))) {
        h->received++;
    } else if (str_ieq(f->name, STR("From"))) {
        if (h->from++ == 0)
            h->from_value = f->value;
    } else if (str_ieq(f->name, STR("Sender"))) {
        if (h->sender++ == 0)
            h->sender_value = f->value;
    } else if (str_ieq(f->name, STR("Date"))) {
        h->has_date = true;
    } else if (str_ieq(f->name, STR("Message-ID"))) {
        h->has_message_id = true;
    }
}

/* With the blank line; all when there is none. SIZE_MAX: longer than max. */
static size_t header_size(struct str message, size_t max)
{
    if (str_starts(message, STR("\r\n")))
        return 2;
    size_t at = str_find(str_sub(message, 0, max), STR("\r\n\r\n"));
    if (at != SIZE_MAX)
        return at + 4;
    return message.n <= max ? message.n : SIZE_MAX;
}

struct header_facts header_facts_of(struct str message, size_t max)
{
    struct header_facts h = {0};
    size_t size = header_size(message, max);
    if (size == SIZE_MAX) {
        h.unended = true;
        return h;
    }
    struct cur c = cur_of(str_sub(message, 0, size));
    struct header_field f;
    size_t left = c.rest.n;
    while (header_next(&c, &f)) {
        h.garbage |= f.line.n + c.rest.n != left;
        left = c.rest.n;
        field_note(&h, &f);
    }
    /* Behind the last field there is the blank line, or nothing. */
    h.garbage |= left > 2;
    return h;
}
