#include "proto/imap/command.h"
#include "base/metric.h"
#include "proto/imap/login.h"
#include "service/auth.h"

enum {
    ANY = IMAP_GREETED | IMAP_LOGGED_IN | IMAP_SELECTED,
    IN = IMAP_LOGGED_IN | IMAP_SELECTED,
};

/* name, run, stages, sync, uid, bare, capability */
static const struct imap_command commands[] = {
    {STR("CAPABILITY"), imap_capability, ANY, IMAP_SYNC_ALL, false, true, STR("")},
    {STR("NOOP"), imap_noop, ANY, IMAP_SYNC_ALL, false, true, STR("")},
    {STR("LOGOUT"), imap_logout, ANY, IMAP_SYNC_NONE, false, true, STR("")},
    {STR("ID"), imap_id, ANY, IMAP_SYNC_ALL, false, false, STR("ID")},
    {STR("ENABLE"), imap_enable, IN, IMAP_SYNC_ALL, false, false, STR("ENABLE")},
    {STR("STARTTLS"), imap_starttls, IMAP_GREETED, IMAP_SYNC_NONE, false, true, STR("")},
    {STR("AUTHENTICATE"), imap_authenticate, IMAP_GREETED, IMAP_SYNC_NONE, false, false,
     STR("SASL-IR")},
    {STR("LOGIN"), imap_login, IMAP_GREETED, IMAP_SYNC_NONE, false, false, STR("")},
    {STR("SELECT"), imap_select, IN, IMAP_SYNC_NONE, false, false, STR("")},
    {STR("EXAMINE"), imap_examine, IN, IMAP_SYNC_NONE, false, false, STR("")},
    {STR("CREATE"), imap_create, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("DELETE"), imap_delete, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("RENAME"), imap_rename, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("SUBSCRIBE"), imap_subscribe, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("UNSUBSCRIBE"), imap_unsubscribe, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("LIST"), imap_list, IN, IMAP_SYNC_ALL, false, false, STR("LIST-EXTENDED LIST-STATUS")},
    {STR("LSUB"), imap_lsub, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("NAMESPACE"), imap_namespace, IN, IMAP_SYNC_ALL, false, true, STR("NAMESPACE")},
    {STR("STATUS"), imap_status, IN, IMAP_SYNC_ALL, false, false, STR("STATUS=SIZE")},
    {STR("APPEND"), imap_append, IN, IMAP_SYNC_ALL, false, false, STR("MULTIAPPEND")},
    {STR("IDLE"), imap_idle, IN, IMAP_SYNC_ALL, false, true, STR("IDLE")},
    {STR("GETQUOTA"), imap_getquota, IN, IMAP_SYNC_ALL, false, false, STR("QUOTA")},
    {STR("GETQUOTAROOT"), imap_getquotaroot, IN, IMAP_SYNC_ALL, false, false,
     STR("QUOTA=RES-STORAGE")},
    {STR("SETQUOTA"), imap_setquota, IN, IMAP_SYNC_ALL, false, false, STR("QUOTA=RES-MESSAGE")},
    {STR("CHECK"), imap_check, IMAP_SELECTED, IMAP_SYNC_ALL, false, true, STR("")},
    {STR("CLOSE"), imap_close_mailbox, IMAP_SELECTED, IMAP_SYNC_NONE, false, true, STR("")},
    {STR("UNSELECT"), imap_unselect_mailbox, IMAP_SELECTED, IMAP_SYNC_NONE, false, true,
     STR("UNSELECT")},
    {STR("EXPUNGE"), imap_expunge, IMAP_SELECTED, IMAP_SYNC_ALL, true, false, STR("UIDPLUS")},
    {STR("SEARCH"), imap_search, IMAP_SELECTED, IMAP_SYNC_KEEP, true, false,
     STR("ESEARCH SEARCHRES")},
    {STR("FETCH"), imap_fetch, IMAP_SELECTED, IMAP_SYNC_KEEP, true, false, STR("BINARY")},
    {STR("STORE"), imap_store, IMAP_SELECTED, IMAP_SYNC_KEEP, true, false, STR("CONDSTORE")},
    {STR("COPY"), imap_copy, IMAP_SELECTED, IMAP_SYNC_ALL, true, false, STR("")},
    {STR("MOVE"), imap_move, IMAP_SELECTED, IMAP_SYNC_ALL, true, false, STR("MOVE")},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

const struct imap_command *imap_command_at(size_t index)
{
    return index < COMMANDS ? &commands[index] : NULL;
}

const struct imap_command *imap_command_find(struct str name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].name.n == name.n && str_ieq(commands[i].name, name))
            return &commands[i];
    return NULL;
}

size_t imap_command_index(const struct imap_command *command)
{
    return (size_t)(command - commands);
}

/* "PLAIN LOGIN" as " AUTH=PLAIN AUTH=LOGIN". */
static void put_mechanisms(struct buf *out, struct str mechanisms)
{
    struct cur c = cur_of(mechanisms);
    struct str one;
    while (!cur_end(&c)) {
        if (!cur_until(&c, ' ', &one)) {
            one = c.rest;
            c.rest = (struct str){0};
        }
        if (one.n) {
            buf_add(out, STR(" AUTH="));
            buf_add(out, one);
        }
    }
}

static void put_before_login(struct ctx *cx, const struct imap_session *s, struct buf *out)
{
    struct str mechanisms = auth_mechanisms(cx, s->env->auth, s->peer);
    if (!s->peer->tls && s->peer->can_start_tls)
        buf_add(out, STR(" STARTTLS"));
    if (!imap_password_ok(s))
        buf_add(out, STR(" LOGINDISABLED"));
    put_mechanisms(out, mechanisms);
}

void imap_capabilities(struct ctx *cx, const struct imap_session *s, struct buf *out)
{
    bool in = s->stage != IMAP_GREETED;
    buf_add(out, STR(" IMAP4rev2 IMAP4rev1 LITERAL+"));
    for (size_t i = 0; i < COMMANDS; i++) {
        bool now = in || (commands[i].stages & IMAP_GREETED);
        if (commands[i].capability.n && now && (!in || commands[i].stages != IMAP_GREETED)) {
            buf_byte(out, ' ');
            buf_add(out, commands[i].capability);
        }
    }
    if (in) {
        buf_add(out, STR(" CHILDREN SPECIAL-USE APPENDLIMIT="));
        buf_u64(out, s->env->limits.message_bytes);
    } else {
        put_before_login(cx, s, out);
    }
}

/* What clients say besides the commands' names. */
static const struct str words[] = {
    STR("UID"),
    STR("DONE"),
    STR("\\\\Seen"),
    STR("\\\\Deleted"),
    STR("\\\\Flagged"),
    STR("\\\\Answered"),
    STR("\\\\Draft"),
    STR("\\\\Recent"),
    STR("FLAGS"),
    STR("FLAGS.SILENT"),
    STR("+FLAGS"),
    STR("-FLAGS"),
    STR("ENVELOPE"),
    STR("INTERNALDATE"),
    STR("RFC822.SIZE"),
    STR("BODYSTRUCTURE"),
    STR("BODY[]"),
    STR("BODY.PEEK[]"),
    STR("BODY[HEADER]"),
    STR("BODY[TEXT]"),
    STR("1.MIME"),
    STR("1.2.HEADER"),
    STR("HEADER.FIELDS ("),
    STR("HEADER.FIELDS.NOT ("),
    STR("BINARY[1]"),
    STR("BINARY.PEEK["),
    STR("BINARY.SIZE[1]"),
    STR("MODSEQ"),
    STR("CHANGEDSINCE"),
    STR("UNCHANGEDSINCE"),
    STR("RETURN ("),
    STR("MIN"),
    STR("MAX"),
    STR("ALL"),
    STR("COUNT"),
    STR("SAVE"),
    STR("CHARSET UTF-8"),
    STR("OR"),
    STR("NOT"),
    STR("KEYWORD"),
    STR("HEADER"),
    STR("SUBJECT"),
    STR("FROM"),
    STR("BODY"),
    STR("TEXT"),
    STR("SINCE"),
    STR("SENTBEFORE"),
    STR("1-Feb-1994"),
    STR("LARGER"),
    STR("SMALLER"),
    STR("1:*"),
    STR("$"),
    STR("INBOX"),
    STR("MESSAGES"),
    STR("UIDNEXT"),
    STR("UIDVALIDITY"),
    STR("UNSEEN"),
    STR("HIGHESTMODSEQ"),
    STR("DELETED"),
    STR("SIZE"),
    STR("SUBSCRIBED"),
    STR("REMOTE"),
    STR("RECURSIVEMATCH"),
    STR("SPECIAL-USE"),
    STR("CHILDREN"),
    STR("STATUS ("),
    STR("IMAP4rev2"),
    STR("CONDSTORE"),
    STR("{3}\\x0d\\x0a"),
    STR("{3+}\\x0d\\x0a"),
    STR("~{3+}\\x0d\\x0a"),
    STR("NIL"),
    STR("<0.10>"),
    STR("\\x0d\\x0a"),
};

struct str imap_word_at(size_t index)
{
    return index < sizeof words / sizeof *words ? words[index] : (struct str){0};
}

struct imap_meter {
    struct metric *done[COMMANDS], *failed[COMMANDS], *took[COMMANDS];
};

struct imap_meter *imap_meter_open(struct metrics *m)
{
    struct imap_meter *meter = calloc(1, sizeof *meter);
    must(meter);
    for (size_t i = 0; i < COMMANDS; i++) {
        char labels[64];
        const char *name = commands[i].name.p;
        snprintf(labels, sizeof labels, "command=\"%s\",result=\"ok\"", name);
        meter->done[i] = metric_of(m, METRIC_COUNTER, "postroad_imap_commands_total", labels,
                                   "IMAP commands by name and result.");
        snprintf(labels, sizeof labels, "command=\"%s\",result=\"failed\"", name);
        meter->failed[i] = metric_of(m, METRIC_COUNTER, "postroad_imap_commands_total", labels,
                                     "IMAP commands by name and result.");
        snprintf(labels, sizeof labels, "command=\"%s\"", name);
        meter->took[i] = metric_of(m, METRIC_SECONDS, "postroad_imap_command_seconds", labels,
                                   "Time that IMAP commands took in the engine.");
    }
    return meter;
}

void imap_meter_close(struct imap_meter *meter)
{
    free(meter);
}

void imap_meter_count(struct imap_meter *meter, const struct imap_command *command, bool ok,
                      int64_t duration_us)
{
    if (!meter)
        return;
    size_t i = imap_command_index(command);
    metric_add(ok ? meter->done[i] : meter->failed[i], 1);
    metric_observe_us(meter->took[i], duration_us);
}
