/* Makes summaries: one parse, then everything that is ever asked about a message in a list. */
#include "base/buf.h"
#include "format/base64.h"
#include "format/bodystructure.h"
#include "format/charset.h"
#include "format/date.h"
#include "format/envelope.h"
#include "format/summary.h"
#include "format/summary/layout.h"
#include "format/text.h"
#include "format/thread.h"
#include "format/utf8.h"

enum {
    SUMMARY_MAX = 768 * 1024, /* a batch of the store holds 1 MiB */
    ADDRESSES_MAX = 64 * 1024,
    REFERENCES_MAX = 1000,
    SUBJECT_MAX = 2000 /* bytes decoded; the rest only ENVELOPE has */
};

struct slice {
    size_t start, size;
};

struct maker {
    struct arena *arena;
    const struct mime *m;
    const struct mime_message *head;
    struct envelope_lists lists;
    struct buf data;
    struct slice field[SUMMARY_FIELD_COUNT];
    struct summary_facts facts;
};

static struct str field_bytes(const struct maker *k, enum summary_field f)
{
    return str_sub(buf_str(&k->data), k->field[f].start, k->field[f].size);
}

/* Starts a field that is then written to k->data; end_field() ends it. */
static void start_field(struct maker *k, enum summary_field f)
{
    k->field[f].start = k->data.n;
}

static void end_field(struct maker *k, enum summary_field f)
{
    k->field[f].size = k->data.n - k->field[f].start;
}

/* Sets a field; when its bytes stand in the field `host` already, it shares them. */
static void set_shared(struct maker *k, enum summary_field f, struct str s, enum summary_field host)
{
    size_t at = s.n ? str_find(field_bytes(k, host), s) : 0;
    if (s.n == 0)
        return;
    if (at != SIZE_MAX) {
        k->field[f] = (struct slice){k->field[host].start + at, s.n};
        return;
    }
    start_field(k, f);
    buf_add(&k->data, s);
    end_field(k, f);
}

static void put_varint(struct buf *b, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_le8(b, (uint8_t)(value | 0x80));
    buf_le8(b, (uint8_t)value);
}

static void put_short(struct buf *b, struct str s)
{
    put_varint(b, s.n);
    buf_add(b, s);
}

static void put_type(struct buf *b, const struct header_content *type)
{
    put_varint(b, type->type.n + 1 + type->subtype.n);
    buf_add(b, type->type);
    buf_byte(b, '/');
    buf_add(b, type->subtype);
}

static uint32_t children(const struct mime *m, uint32_t part)
{
    uint32_t count = 0;
    for (uint32_t i = m->parts[part].node.child; i != MIME_NONE; i = m->parts[i].node.next)
        count++;
    return count;
}

static void put_part(struct buf *b, const struct mime *m, uint32_t i, uint64_t before)
{
    const struct mime_part *p = &m->parts[i];
    unsigned first = (unsigned)p->node.kind | (unsigned)p->node.encoding << SUMMARY_ENCODING_SHIFT |
                     (mime_is_attachment(m, i) ? SUMMARY_ATTACHMENT_BIT : 0);
    buf_le8(b, (uint8_t)first);
    if (p->node.kind == MIME_MULTIPART)
        put_varint(b, children(m, i));
    put_varint(b, p->node.start - before);
    put_varint(b, p->node.header_size);
    put_varint(b, p->node.body_size);
    put_varint(b, p->node.lines);
    put_type(b, &p->type);
    put_short(b, header_param(&p->type, STR("charset")));
    put_short(b, str_trim(p->id));
}

static void put_parts(struct maker *k)
{
    uint64_t before = 0;
    start_field(k, SUMMARY_PARTS);
    for (uint32_t i = 0; i < k->m->count; i++) {
        put_part(&k->data, k->m, i, before);
        before = k->m->parts[i].node.start;
    }
    end_field(k, SUMMARY_PARTS);
}

static uint64_t decoded_size(const struct mime_node *n)
{
    return n->encoding == MIME_BASE64 ? base64_decoded_size(n->body_size, n->lines) : n->body_size;
}

static void put_attachments(struct maker *k)
{
    const struct mime *m = k->m;
    uint32_t count = 0;
    start_field(k, SUMMARY_ATTACHMENTS);
    for (uint32_t i = 0; i < m->count && count < SUMMARY_ATTACHMENTS_MAX; i++) {
        if (!mime_is_attachment(m, i))
            continue;
        put_varint(&k->data, i);
        put_varint(&k->data, decoded_size(&m->parts[i].node));
        put_short(&k->data, mime_name(&m->parts[i]));
        put_type(&k->data, &m->parts[i].type);
        count++;
    }
    end_field(k, SUMMARY_ATTACHMENTS);
    if (count)
        k->facts.flags |= SUMMARY_HAS_ATTACHMENT;
}

/* One line of SUMMARY_ADDRESSES. */
static void put_search_line(struct maker *k, char letter, struct str name, struct str spec)
{
    buf_byte(&k->data, letter);
    buf_byte(&k->data, ':');
    buf_add(&k->data, utf8_fold(k->arena, name));
    if (name.n)
        buf_byte(&k->data, ' ');
    buf_byte(&k->data, '<');
    buf_add(&k->data, utf8_fold(k->arena, spec));
    buf_add(&k->data, STR(">\n"));
}

struct first {
    struct str name, spec;
    bool found;
};

static void put_addresses_of(struct maker *k, const struct address_list *list, char letter,
                             struct first *first)
{
    size_t end = k->field[SUMMARY_ADDRESSES].start + ADDRESSES_MAX;
    for (size_t i = 0; i < list->count && k->data.n < end; i++) {
        const struct address *x = &list->at[i];
        if (x->kind == ADDRESS_GROUP_END)
            continue;
        struct str name = address_name(k->arena, x), spec = address_spec(k->arena, x);
        put_search_line(k, letter, name, spec);
        if (!first->found)
            *first = (struct first){name, spec, true};
    }
}

/* All address fields for the search, and the first of some. */
static void put_addresses(struct maker *k)
{
    struct first from = {0}, to = {0}, cc = {0}, other = {0};
    start_field(k, SUMMARY_ADDRESSES);
    put_addresses_of(k, &k->lists.from, 'f', &from);
    put_addresses_of(k, &k->lists.sender, 's', &other);
    put_addresses_of(k, &k->lists.reply_to, 'r', &other);
    put_addresses_of(k, &k->lists.to, 't', &to);
    put_addresses_of(k, &k->lists.cc, 'c', &cc);
    put_addresses_of(k, &k->lists.bcc, 'b', &other);
    end_field(k, SUMMARY_ADDRESSES);
    set_shared(k, SUMMARY_FROM_NAME, from.name, SUMMARY_ENVELOPE);
    set_shared(k, SUMMARY_FROM_ADDRESS, from.spec, SUMMARY_ADDRESSES);
    set_shared(k, SUMMARY_TO_NAME, to.name, SUMMARY_ENVELOPE);
    set_shared(k, SUMMARY_TO_ADDRESS, to.spec, SUMMARY_ADDRESSES);
    set_shared(k, SUMMARY_CC_NAME, cc.name, SUMMARY_ENVELOPE);
    set_shared(k, SUMMARY_CC_ADDRESS, cc.spec, SUMMARY_ADDRESSES);
}

static void put_subject(struct maker *k)
{
    bool reply = false;
    struct str raw = k->head->field[HEADER_SUBJECT];
    struct str subject = utf8_cut(header_text(k->arena, raw), SUBJECT_MAX);
    set_shared(k, SUMMARY_SUBJECT, subject, SUMMARY_ENVELOPE);
    struct str base = thread_base_subject(k->arena, subject, &reply);
    set_shared(k, SUMMARY_BASE_SUBJECT, base, SUMMARY_SUBJECT);
    if (reply)
        k->facts.flags |= SUMMARY_IS_REPLY;
}

/* Message ids of a field, each once, as they come. */
struct ids {
    struct str *at;
    size_t count;
};

static struct ids ids_of(struct arena *a, struct str raw)
{
    struct ids ids = {0};
    struct cur c = cur_of(raw);
    struct str id;
    size_t room = 0;
    while (ids.count < REFERENCES_MAX && header_next_id(a, &c, &id)) {
        if (ids.count == room) {
            size_t more = room ? room * 2 : 4;
            ids.at = arena_grow(a, ids.at, room * sizeof id, more * sizeof id);
            room = more;
        }
        ids.at[ids.count++] = id;
    }
    return ids;
}

static struct str joined(struct arena *a, const struct ids *ids)
{
    struct buf out = buf_of(a, SIZE_MAX / 2);
    for (size_t i = 0; i < ids->count; i++) {
        if (i)
            buf_byte(&out, ' ');
        buf_add(&out, ids->at[i]);
    }
    return buf_str(&out);
}

struct keys {
    uint64_t at[SUMMARY_KEYS_MAX];
    size_t count;
};

/* Adds a key that is not there. When full the second oldest goes: the root of the thread stays. */
static void add_key(struct keys *keys, struct str id)
{
    uint64_t key = thread_key(id);
    for (size_t i = 1; i < keys->count; i++)
        if (keys->at[i] == key)
            return;
    if (keys->count == SUMMARY_KEYS_MAX) {
        for (size_t i = 2; i + 1 < keys->count; i++)
            keys->at[i] = keys->at[i + 1];
        keys->count--;
    }
    keys->at[keys->count++] = key;
}

/* An id without its brackets is taken when it is one word. */
static struct str message_id(struct maker *k)
{
    struct str raw = k->head->field[HEADER_MESSAGE_ID];
    struct cur c = cur_of(raw);
    struct str id;
    if (header_next_id(k->arena, &c, &id))
        return id;
    raw = str_trim(raw);
    for (size_t i = 0; i < raw.n; i++)
        if ((unsigned char)raw.p[i] <= ' ')
            return (struct str){0};
    return raw;
}

static void put_thread(struct maker *k)
{
    struct str id = message_id(k);
    struct ids references = ids_of(k->arena, k->head->field[HEADER_REFERENCES]);
    struct ids replied = ids_of(k->arena, k->head->field[HEADER_IN_REPLY_TO]);
    struct str list = joined(k->arena, &references);
    set_shared(k, SUMMARY_MESSAGE_ID, id, SUMMARY_ENVELOPE);
    start_field(k, SUMMARY_REFERENCES);
    buf_add(&k->data, list);
    end_field(k, SUMMARY_REFERENCES);
    set_shared(k, SUMMARY_IN_REPLY_TO, joined(k->arena, &replied), SUMMARY_ENVELOPE);
    struct keys keys = {.count = 1};
    keys.at[0] = id.n ? thread_key(id) : 0;
    for (size_t i = 0; i < references.count; i++)
        add_key(&keys, references.at[i]);
    for (size_t i = 0; i < replied.count; i++)
        add_key(&keys, replied.at[i]);
    start_field(k, SUMMARY_KEYS);
    for (size_t i = 0; i < keys.count; i++)
        buf_le64(&k->data, keys.at[i]);
    end_field(k, SUMMARY_KEYS);
}

/* "Name <list.example.com>": what stands in the brackets (RFC 2919). */
static void put_list_id(struct maker *k)
{
    struct str raw = k->head->field[HEADER_LIST_ID];
    if (!raw.p)
        return;
    struct cur c = cur_of(raw);
    struct str id, ignored;
    k->facts.flags |= SUMMARY_FROM_LIST;
    if (!cur_until(&c, '<', &ignored) || !cur_until(&c, '>', &id))
        id = raw;
    id = header_unfold(k->arena, charset_to_utf8(k->arena, STR(""), str_trim(id)));
    set_shared(k, SUMMARY_LIST_ID, id, SUMMARY_ENVELOPE);
}

static bool is_word(struct str raw, struct str word)
{
    struct cur c = cur_of(raw);
    return cur_word(&c, word) && (cur_end(&c) || !ascii_is_alpha((char)cur_peek(&c)));
}

static void look_at_automation(struct maker *k)
{
    struct str submitted = k->head->field[HEADER_AUTO_SUBMITTED];
    struct str precedence = k->head->field[HEADER_PRECEDENCE];
    bool automatic = (submitted.n && !is_word(submitted, STR("no"))) ||
                     is_word(precedence, STR("bulk")) || is_word(precedence, STR("junk")) ||
                     is_word(precedence, STR("list"));
    if (automatic)
        k->facts.flags |= SUMMARY_AUTO_SUBMITTED;
}

static void look_at_importance(struct maker *k)
{
    struct str importance = k->head->field[HEADER_IMPORTANCE];
    struct str priority = k->head->field[HEADER_PRIORITY];
    struct str x = k->head->field[HEADER_X_PRIORITY];
    char digit = x.n ? x.p[0] : '3';
    if (is_word(importance, STR("high")) || is_word(priority, STR("urgent")) || digit == '1' ||
        digit == '2')
        k->facts.importance = SUMMARY_HIGH;
    else if (is_word(importance, STR("low")) || is_word(priority, STR("non-urgent")) ||
             digit == '4' || digit == '5')
        k->facts.importance = SUMMARY_LOW;
}

/* What the outermost parts say of signatures and encryption (RFC 1847, RFC 8551, RFC 3156). */
static void look_at_seals(struct maker *k)
{
    for (uint32_t i = 0; i < k->m->count && i < 8; i++) {
        const struct header_content *t = &k->m->parts[i].type;
        bool smime =
            str_eq(t->subtype, STR("pkcs7-mime")) || str_eq(t->subtype, STR("x-pkcs7-mime"));
        struct str kind = header_param(t, STR("smime-type"));
        bool opaque_signed = smime && str_ieq(kind, STR("signed-data"));
        bool multipart = str_eq(t->type, STR("multipart"));
        if (opaque_signed || (multipart && str_eq(t->subtype, STR("signed"))))
            k->facts.flags |= SUMMARY_SIGNED;
        if ((smime && !opaque_signed && !str_ieq(kind, STR("certs-only"))) ||
            (multipart && str_eq(t->subtype, STR("encrypted"))))
            k->facts.flags |= SUMMARY_ENCRYPTED;
    }
}

static bool has_loose_lines(struct str s)
{
    struct cur c = cur_of(s);
    struct str line;
    while (cur_until(&c, '\n', &line))
        if (!str_ends(line, STR("\r")))
            return true;
    return !cur_end(&c);
}

static void look_at_facts(struct maker *k)
{
    const struct mime_node *root = &k->m->parts[0].node;
    struct date sent;
    k->facts.size = (uint32_t)k->m->bytes.n;
    k->facts.header_size = (uint32_t)root->header_size;
    k->facts.body_lines = (uint32_t)root->lines;
    if (k->m->cut)
        k->facts.flags |= SUMMARY_CUT;
    if (has_loose_lines(k->m->bytes))
        k->facts.flags |= SUMMARY_LOOSE_LINES;
    if (date_parse(k->head->field[HEADER_DATE], &sent)) {
        k->facts.flags |= SUMMARY_HAS_DATE;
        k->facts.sent_ms = sent.utc_ms;
        k->facts.sent_zone_minutes = sent.zone_minutes;
    }
    look_at_automation(k);
    look_at_importance(k);
    look_at_seals(k);
}

static void put_number(struct buf *b, size_t value, bool wide)
{
    if (wide)
        buf_le32(b, (uint32_t)value);
    else
        buf_le16(b, (uint16_t)value);
}

static struct str encoded_of(const struct maker *k)
{
    bool wide = k->data.n > SUMMARY_NARROW_MAX;
    const struct summary_facts *f = &k->facts;
    struct buf out = buf_of(k->arena, k->data.n + 256);
    buf_le8(&out, SUMMARY_VERSION);
    buf_le8(&out, wide);
    buf_le16(&out, (uint16_t)f->flags);
    buf_le8(&out, (uint8_t)f->importance);
    buf_le8(&out, 0);
    buf_le16(&out, (uint16_t)f->sent_zone_minutes);
    buf_le64(&out, (uint64_t)f->sent_ms);
    buf_le32(&out, f->size);
    buf_le32(&out, f->header_size);
    buf_le32(&out, f->body_lines);
    for (size_t i = 0; i < SUMMARY_FIELD_COUNT; i++) {
        put_number(&out, k->field[i].start, wide);
        put_number(&out, k->field[i].size, wide);
    }
    buf_add(&out, buf_str(&k->data));
    return buf_str(&out);
}

static struct str make(struct arena *a, const struct mime *m)
{
    struct maker k = {.arena = a, .m = m, .head = m->parts[0].message};
    k.data = buf_of(a, SIZE_MAX / 2);
    start_field(&k, SUMMARY_ENVELOPE);
    envelope_parse(a, k.head, &k.lists);
    envelope_put_with(&k.data, k.head, &k.lists);
    end_field(&k, SUMMARY_ENVELOPE);
    start_field(&k, SUMMARY_BODYSTRUCTURE);
    bodystructure_put(&k.data, m, true);
    end_field(&k, SUMMARY_BODYSTRUCTURE);
    put_parts(&k);
    look_at_facts(&k);
    put_addresses(&k);
    put_subject(&k);
    put_thread(&k);
    put_list_id(&k);
    put_attachments(&k);
    start_field(&k, SUMMARY_PREVIEW);
    buf_add(&k.data, text_preview(a, m));
    end_field(&k, SUMMARY_PREVIEW);
    return encoded_of(&k);
}

/* What is too large for a row is parsed again with tighter limits; the last ones always fit. */
static const struct mime_limits tighter[] = {
    {.depth = 100, .parts = 1000, .header_bytes = 64 * 1024, .fields = 1000},
    {.depth = 1, .parts = 1, .header_bytes = 16 * 1024, .fields = 1000}};

enum code summary_make_of(struct ctx *cx, const struct mime *m, struct str *encoded)
{
    struct str made = make(cx->arena, m);
    for (size_t i = 0; i < 2 && made.n > SUMMARY_MAX; i++) {
        struct mime *again;
        TRY(mime_parse(cx, m->bytes, &tighter[i], &again));
        again->cut = true;
        made = make(cx->arena, again);
    }
    *encoded = made;
    return OK;
}

enum code summary_make(struct ctx *cx, struct str message, struct str *encoded)
{
    struct mime *m;
    TRY(mime_parse(cx, message, NULL, &m));
    return summary_make_of(cx, m, encoded);
}
