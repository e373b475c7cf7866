#include "service/milter/change.h"
#include "format/address.h"

enum code change_open(struct ctx *cx, struct str bytes, struct change_message *out)
{
    struct header_field field;
    size_t room = 0, n = 0;
    struct cur c = cur_of(bytes);
    while (header_next(&c, &field))
        room++;
    if (room > MILTER_FIELDS_MAX)
        return fail(cx, E_LIMIT, "more than %d header fields", MILTER_FIELDS_MAX);
    struct header_field *fields = ARENA_ARRAY(cx->arena, room + 1, struct header_field);
    c = cur_of(bytes);
    while (header_next(&c, &field))
        fields[n++] = field;
    cur_text(&c, STR("\r\n"));
    *out = (struct change_message){bytes, c.rest, fields, n};
    return OK;
}

void changes_begin(struct ctx *cx, struct changes *c)
{
    c->lines = ARENA_ARRAY(cx->arena, c->message.count + 1, struct str);
    for (size_t i = 0; i < c->message.count; i++)
        c->lines[i] = c->message.fields[i].line;
    c->first = ARENA_ARRAY(cx->arena, MILTER_ADDED_MAX, struct str);
    c->last = ARENA_ARRAY(cx->arena, MILTER_ADDED_MAX, struct str);
    c->body = buf_of(cx->arena, c->max);
}

static bool name_good(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ':')
            return false;
    return name.n > 0 && name.n < 256;
}

/* "Name: value" and CRLF; the value's lines end with LF, and go on behind a blank or get one. */
static enum code field_make(struct ctx *cx, const struct changes *c, struct str name,
                            struct str value, struct str *out)
{
    struct buf b = buf_of(cx->arena, MILTER_FIELD_MAX);
    if (!name_good(name))
        return fail(cx, E_SYNTAX, "a header field without a proper name");
    buf_add(&b, name);
    buf_add(&b, c->leading_space ? STR(":") : STR(": "));
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\r' || value.p[i] == 0)
            continue;
        if (value.p[i] != '\n') {
            buf_byte(&b, value.p[i]);
            continue;
        }
        bool more = i + 1 < value.n;
        if (!more)
            break;
        buf_add(&b, STR("\r\n"));
        if (value.p[i + 1] != ' ' && value.p[i + 1] != '\t')
            buf_byte(&b, '\t');
    }
    buf_add(&b, STR("\r\n"));
    *out = buf_str(&b);
    return b.overflow ? fail(cx, E_LIMIT, "a header field that is too long") : OK;
}

/* Ours go in front of the message's bytes, so that these stay what they are; those that were to
   stand at the end of the header go behind those that were to stand at its start. */
static enum code add(struct ctx *cx, struct changes *c, const struct milter_reply *reply,
                     bool first)
{
    struct str line;
    TRY(field_make(cx, c, reply->name, reply->value, &line));
    c->added_bytes += line.n;
    if (c->first_count + c->last_count == MILTER_ADDED_MAX || c->added_bytes > MILTER_ADDED_BYTES)
        return fail(cx, E_LIMIT, "too many header fields");
    if (first)
        c->first[c->first_count++] = line;
    else
        c->last[c->last_count++] = line;
    return OK;
}

/* The index-th field of that name (from 1) gets another value, or goes; one that is not there is
   added. */
static enum code change(struct ctx *cx, struct changes *c, const struct milter_reply *reply)
{
    uint32_t seen = 0;
    for (size_t i = 0; i < c->message.count; i++) {
        if (!str_ieq(c->message.fields[i].name, reply->name) || ++seen != reply->index)
            continue;
        c->header_changed = true;
        c->lines[i] = STR("");
        return reply->value.n ? field_make(cx, c, reply->name, reply->value, &c->lines[i]) : OK;
    }
    return reply->value.n ? add(cx, c, reply, false) : OK;
}

/* "<a@b>" or "a@b"; the null path is empty. */
static enum code mailbox(struct ctx *cx, struct str in, bool null_too, struct str *out)
{
    struct str plain = in;
    if (str_starts(in, STR("<")) && str_ends(in, STR(">")))
        plain = str_sub(in, 1, in.n - 2);
    if (!(plain.n == 0 && null_too) && !address_valid(plain))
        return fail(cx, E_SYNTAX, "no mailbox in the envelope");
    *out = str_dup(cx->arena, plain);
    return OK;
}

static enum code recipient(struct ctx *cx, struct str in, struct str **list, size_t *count)
{
    struct str plain;
    TRY(mailbox(cx, in, false, &plain));
    if (*count == MILTER_RCPTS_MAX)
        return fail(cx, E_LIMIT, "more than %d recipients", MILTER_RCPTS_MAX);
    *list = arena_grow(cx->arena, *list, *count * sizeof plain, (*count + 1) * sizeof plain);
    (*list)[(*count)++] = plain;
    return OK;
}

static enum code body(struct ctx *cx, struct changes *c, struct str part)
{
    c->has_body = true;
    buf_add(&c->body, part);
    return c->body.overflow ? fail(cx, E_LIMIT, "the new body is too large") : OK;
}

/* What has to have been agreed on. */
static uint32_t action_of(char kind)
{
    switch (kind) {
    case MILTER_ADD_HEADER:
    case MILTER_INSERT_HEADER:
        return ACTION_ADD_HEADERS;
    case MILTER_CHANGE_HEADER:
        return ACTION_CHANGE_HEADERS;
    case MILTER_REPLACE_BODY:
        return ACTION_CHANGE_BODY;
    case MILTER_ADD_RCPT:
        return ACTION_ADD_RCPT | ACTION_ADD_RCPT_PAR;
    case MILTER_ADD_RCPT_PAR:
        return ACTION_ADD_RCPT_PAR;
    case MILTER_DEL_RCPT:
        return ACTION_DEL_RCPT;
    case MILTER_CHANGE_FROM:
        return ACTION_CHANGE_FROM;
    case MILTER_QUARANTINE:
        return ACTION_QUARANTINE;
    default:
        return 0;
    }
}

enum code changes_take(struct ctx *cx, void *arg, const struct milter_reply *reply)
{
    struct changes *c = arg;
    struct milter_outcome *o = c->out;
    if (!(action_of(reply->kind) & c->actions))
        return fail(cx, E_DENIED, "a change that was not agreed on");
    switch (reply->kind) {
    case MILTER_ADD_HEADER:
        return add(cx, c, reply, false);
    case MILTER_INSERT_HEADER:
        return add(cx, c, reply, true);
    case MILTER_CHANGE_HEADER:
        return change(cx, c, reply);
    case MILTER_REPLACE_BODY:
        return body(cx, c, reply->value);
    case MILTER_ADD_RCPT:
    case MILTER_ADD_RCPT_PAR:
        return recipient(cx, reply->name, &o->more, &o->more_count);
    case MILTER_DEL_RCPT:
        return recipient(cx, reply->name, &o->less, &o->less_count);
    case MILTER_CHANGE_FROM:
        o->has_sender = true;
        return mailbox(cx, reply->name, true, &o->sender);
    default:
        o->quarantine = true;
        return OK;
    }
}

enum code changes_end(struct ctx *cx, struct changes *c)
{
    struct milter_outcome *o = c->out;
    struct buf front = buf_of(cx->arena, MILTER_ADDED_BYTES + o->fields.n);
    for (size_t i = c->first_count; i-- > 0;)
        buf_add(&front, c->first[i]);
    for (size_t i = 0; i < c->last_count; i++)
        buf_add(&front, c->last[i]);
    buf_add(&front, o->fields);
    o->fields = buf_str(&front);
    if (!c->header_changed && !c->has_body)
        return OK;
    struct buf b = buf_of(cx->arena, c->max);
    for (size_t i = 0; i < c->message.count; i++)
        buf_add(&b, c->lines[i]);
    buf_add(&b, STR("\r\n"));
    buf_add(&b, c->has_body ? buf_str(&c->body) : c->message.body);
    if (b.overflow)
        return fail(cx, E_LIMIT, "the message is too large after its changes");
    o->bytes = buf_str(&b);
    o->changed = true;
    return OK;
}
