/* Header fields in the forms of RFC 8621 section 4.1.2. */
#include "format/date.h"
#include "format/utf8.h"
#include "proto/jmap/email/email.h"

enum { URLS_MAX = 100, UTF8_REPLACEMENT = 0xfffd };

/* What is no UTF-8, and NUL, becomes U+FFFD (section 4.1.2.1). */
static void put_raw(struct arena *a, struct str raw, struct json *j)
{
    raw = utf8_clean(a, raw);
    if (str_chr(raw, '\0') == SIZE_MAX) {
        json_str(j, raw);
        return;
    }
    struct buf b = buf_of(a, raw.n * 3);
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i])
            buf_byte(&b, raw.p[i]);
        else
            utf8_put(&b, UTF8_REPLACEMENT);
    json_str(j, buf_str(&b));
}

static void put_text(struct arena *a, struct str raw, struct json *j)
{
    json_str(j, utf8_nfc(a, header_text(a, raw)));
}

static void put_address(struct arena *a, const struct address *x, struct json *j)
{
    struct str name = address_name(a, x);
    json_object(j);
    json_key(j, "name");
    jmap_put_text(j, name);
    json_key(j, "email");
    json_str(j, address_spec(a, x));
    json_object_end(j);
}

/* Groups are left out, their members are there (section 4.1.2.3). */
static void put_addresses(struct arena *a, struct str raw, struct json *j)
{
    struct address_list list = address_parse(a, raw);
    json_array(j);
    for (size_t i = 0; i < list.count; i++)
        if (list.at[i].kind == ADDRESS_MAILBOX)
            put_address(a, &list.at[i], j);
    json_array_end(j);
}

static void open_group(struct json *j, struct str name)
{
    json_object(j);
    json_key(j, "name");
    jmap_put_text(j, name);
    json_key(j, "addresses");
    json_array(j);
}

static void close_group(struct json *j)
{
    json_array_end(j);
    json_object_end(j);
}

/* Those that follow each other outside of a group are one without a name (section 4.1.2.4). */
static void put_groups(struct arena *a, struct str raw, struct json *j)
{
    struct address_list list = address_parse(a, raw);
    bool open = false;
    json_array(j);
    for (size_t i = 0; i < list.count; i++) {
        const struct address *x = &list.at[i];
        if (open && x->kind != ADDRESS_MAILBOX)
            close_group(j);
        if (x->kind == ADDRESS_GROUP_START)
            open_group(j, address_name(a, x));
        else if (x->kind == ADDRESS_MAILBOX && !open)
            open_group(j, (struct str){0});
        open = x->kind != ADDRESS_GROUP_END;
        if (x->kind == ADDRESS_MAILBOX)
            put_address(a, x, j);
    }
    if (open)
        close_group(j);
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

static bool is_blank(char c)
{
    return ascii_is_space(c);
}

/* What lies between angle brackets, blanks taken out (RFC 2369 section 2); null when there is
   none, or when something else stands between them (section 4.1.2.7). */
static void put_urls(struct arena *a, struct str raw, struct json *j)
{
    struct cur c = cur_of(raw);
    struct str urls[URLS_MAX], url;
    size_t count = 0;
    bool good = true;
    for (header_skip_cfws(&c); good && !cur_end(&c); header_skip_cfws(&c)) {
        struct buf b = buf_of(a, raw.n);
        good = count < URLS_MAX && cur_char(&c, '<') && cur_until(&c, '>', &url);
        for (size_t i = 0; good && i < url.n; i++)
            if (!is_blank(url.p[i]))
                buf_byte(&b, url.p[i]);
        if (good)
            urls[count++] = utf8_clean(a, buf_str(&b));
        header_skip_cfws(&c);
        good &= cur_end(&c) || cur_char(&c, ',');
    }
    if (!good || !count) {
        json_null(j);
        return;
    }
    json_array(j);
    for (size_t i = 0; i < count; i++)
        json_str(j, urls[i]);
    json_array_end(j);
}

static const struct {
    struct str name;
    void (*put)(struct arena *a, struct str raw, struct json *j);
} forms[] = {
    [JMAP_RAW] = {STR("asRaw"), put_raw},
    [JMAP_TEXT] = {STR("asText"), put_text},
    [JMAP_ADDRESSES] = {STR("asAddresses"), put_addresses},
    [JMAP_GROUPS] = {STR("asGroupedAddresses"), put_groups},
    [JMAP_IDS] = {STR("asMessageIds"), put_ids},
    [JMAP_DATE] = {STR("asDate"), put_date},
    [JMAP_URLS] = {STR("asURLs"), put_urls},
};
enum { FORMS = sizeof forms / sizeof *forms };

/* Raw is all behind the colon, up to the line end (section 4.1.2.1). */
static void put_form(struct arena *a, const struct header_field *f, enum jmap_form form,
                     struct json *j)
{
    struct str line = f->line;
    if (form != JMAP_RAW) {
        forms[form].put(a, f->value, j);
        return;
    }
    if (str_ends(line, STR("\n")))
        line.n--;
    if (str_ends(line, STR("\r")))
        line.n--;
    forms[form].put(a, str_from(line, str_chr(line, ':') + 1), j);
}

struct jmap_fields jmap_fields_of(struct arena *a, struct str header)
{
    struct jmap_fields all = {0};
    struct cur c = cur_of(header);
    struct header_field f;
    for (size_t room = 0; header_next(&c, &f); all.at[all.count++] = f) {
        if (all.count < room)
            continue;
        size_t more = room ? room * 2 : 64;
        all.at = arena_grow(a, all.at, room * sizeof f, more * sizeof f);
        room = more;
    }
    return all;
}

void jmap_headers_put(struct arena *a, const struct jmap_fields *fields, struct json *j)
{
    json_array(j);
    for (size_t i = 0; i < fields->count; i++) {
        json_object(j);
        json_key(j, "name");
        json_str(j, fields->at[i].name);
        json_key(j, "value");
        put_form(a, &fields->at[i], JMAP_RAW, j);
        json_object_end(j);
    }
    json_array_end(j);
}

void jmap_header_put(struct arena *a, const struct jmap_fields *fields,
                     const struct jmap_header *want, struct json *j)
{
    const struct header_field *last = NULL;
    if (want->all)
        json_array(j);
    for (size_t i = 0; i < fields->count; i++) {
        if (!str_ieq(fields->at[i].name, want->name))
            continue;
        last = &fields->at[i];
        if (want->all)
            put_form(a, last, want->form, j);
    }
    if (want->all)
        json_array_end(j);
    else if (last)
        put_form(a, last, want->form, j);
    else
        json_null(j);
}

static bool name_ok(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~')
            return false;
    return name.n > 0;
}

/* Which form fits a field (RFC 8621 section 4.1.2), beside Raw: fields that are none of these take
   any. */
static bool form_ok(struct str name, enum jmap_form form)
{
    static const struct {
        struct str name;
        enum jmap_form form;
    } rows[] = {
        {STR("Subject"), JMAP_TEXT},
        {STR("Comments"), JMAP_TEXT},
        {STR("Keywords"), JMAP_TEXT},
        {STR("List-Id"), JMAP_TEXT},
        {STR("From"), JMAP_ADDRESSES},
        {STR("Sender"), JMAP_ADDRESSES},
        {STR("Reply-To"), JMAP_ADDRESSES},
        {STR("To"), JMAP_ADDRESSES},
        {STR("Cc"), JMAP_ADDRESSES},
        {STR("Bcc"), JMAP_ADDRESSES},
        {STR("Resent-From"), JMAP_ADDRESSES},
        {STR("Resent-Sender"), JMAP_ADDRESSES},
        {STR("Resent-Reply-To"), JMAP_ADDRESSES},
        {STR("Resent-To"), JMAP_ADDRESSES},
        {STR("Resent-Cc"), JMAP_ADDRESSES},
        {STR("Resent-Bcc"), JMAP_ADDRESSES},
        {STR("Message-ID"), JMAP_IDS},
        {STR("In-Reply-To"), JMAP_IDS},
        {STR("References"), JMAP_IDS},
        {STR("Resent-Message-ID"), JMAP_IDS},
        {STR("Date"), JMAP_DATE},
        {STR("Resent-Date"), JMAP_DATE},
        {STR("List-Help"), JMAP_URLS},
        {STR("List-Unsubscribe"), JMAP_URLS},
        {STR("List-Subscribe"), JMAP_URLS},
        {STR("List-Post"), JMAP_URLS},
        {STR("List-Owner"), JMAP_URLS},
        {STR("List-Archive"), JMAP_URLS},
        {STR("Received"), JMAP_RAW},
        {STR("Return-Path"), JMAP_RAW},
    };
    enum jmap_form plain = form == JMAP_GROUPS ? JMAP_ADDRESSES : form;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_ieq(rows[i].name, name))
            return form == JMAP_RAW || plain == rows[i].form;
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
