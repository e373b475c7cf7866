/* Header fields in the forms of RFC 8621 section 4.1.2. */
#include "format/date.h"
#include "format/utf8.h"
#include "proto/jmap/email/email.h"

static void put_raw(struct arena *a, struct str raw, struct json *j)
{
    json_str(j, utf8_clean(a, raw));
}

static void put_text(struct arena *a, struct str raw, struct json *j)
{
    json_str(j, utf8_nfc(a, header_text(a, raw)));
}

/* Groups are left out, their members are there (section 4.1.2.3). */
static void put_addresses(struct arena *a, struct str raw, struct json *j)
{
    struct address_list list = address_parse(a, raw);
    json_array(j);
    for (size_t i = 0; i < list.count; i++) {
        if (list.at[i].kind != ADDRESS_MAILBOX)
            continue;
        struct str name = address_name(a, &list.at[i]);
        json_object(j);
        json_key(j, "name");
        if (name.n)
            json_str(j, name);
        else
            json_null(j);
        json_key(j, "email");
        json_str(j, address_spec(a, &list.at[i]));
        json_object_end(j);
    }
    json_array_end(j);
}

/* Without their brackets; null when there is none. */
static void put_ids(struct arena *a, struct str raw, struct json *j)
{
    struct cur c = cur_of(raw);
    struct str id;
    bool any = false;
    while (header_next_id(a, &c, &id)) {
        if (!any)
            json_array(j);
        any = true;
        json_str(j, id.n >= 2 ? str_sub(id, 1, id.n - 2) : id);
    }
    if (any)
        json_array_end(j);
    else
        json_null(j);
}

static void put_date(struct arena *a, struct str raw, struct json *j)
{
    struct date d;
    if (date_parse(raw, &d))
        json_str(j, jmap_date(a, d.utc_ms));
    else
        json_null(j);
}

static const struct {
    struct str name;
    void (*put)(struct arena *a, struct str raw, struct json *j);
} forms[] = {
    [JMAP_RAW] = {STR("asRaw"), put_raw},
    [JMAP_TEXT] = {STR("asText"), put_text},
    [JMAP_ADDRESSES] = {STR("asAddresses"), put_addresses},
    [JMAP_IDS] = {STR("asMessageIds"), put_ids},
    [JMAP_DATE] = {STR("asDate"), put_date},
};
enum { FORMS = sizeof forms / sizeof *forms };

void jmap_header_put(struct arena *a, struct str header, const struct jmap_header *want,
                     struct json *j)
{
    struct cur c = cur_of(header);
    struct header_field f;
    if (want->all) {
        json_array(j);
        while (header_next(&c, &f))
            if (str_ieq(f.name, want->name))
                forms[want->form].put(a, f.value, j);
        json_array_end(j);
    } else if (header_find_last(header, want->name, &f)) {
        forms[want->form].put(a, f.value, j);
    } else {
        json_null(j);
    }
}

static bool name_ok(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~')
            return false;
    return name.n > 0;
}

/* Which forms fit a field (RFC 8621 section 4.1.2): fields that are none of these take any. */
static bool form_ok(struct str name, enum jmap_form form)
{
    static const struct {
        struct str name;
        enum jmap_form form;
    } rows[] = {
        {STR("Subject"), JMAP_TEXT},       {STR("Comments"), JMAP_TEXT},
        {STR("Keywords"), JMAP_TEXT},      {STR("List-Id"), JMAP_TEXT},
        {STR("From"), JMAP_ADDRESSES},     {STR("Sender"), JMAP_ADDRESSES},
        {STR("Reply-To"), JMAP_ADDRESSES}, {STR("To"), JMAP_ADDRESSES},
        {STR("Cc"), JMAP_ADDRESSES},       {STR("Bcc"), JMAP_ADDRESSES},
        {STR("Message-ID"), JMAP_IDS},     {STR("In-Reply-To"), JMAP_IDS},
        {STR("References"), JMAP_IDS},     {STR("Date"), JMAP_DATE},
        {STR("Received"), JMAP_RAW},       {STR("Return-Path"), JMAP_RAW},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_ieq(rows[i].name, name))
            return form == JMAP_RAW || form == rows[i].form;
    return true;
}

bool jmap_header_of(struct str property, struct jmap_header *out)
{
    struct cur c = cur_of(property);
    struct jmap_header h = {.form = JMAP_RAW};
    struct str rest;
    if (!cur_text(&c, STR("header:")))
        return false;
    if (!cur_until(&c, ':', &h.name)) {
        h.name = c.rest;
        c.rest = (struct str){0};
    }
    rest = c.rest;
    if (str_eq(rest, STR("all")) || str_ends(rest, STR(":all"))) {
        h.all = true;
        rest = str_sub(rest, 0, rest.n > 3 ? rest.n - 4 : 0);
    }
    bool known = !rest.n;
    for (int i = 0; i < FORMS; i++)
        if (str_eq(forms[i].name, rest)) {
            h.form = (enum jmap_form)i;
            known = true;
        }
    *out = h;
    return known && name_ok(h.name) && form_ok(h.name, h.form);
}
