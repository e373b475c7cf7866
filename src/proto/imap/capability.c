#include "proto/imap/command.h"
#include "proto/imap/login.h"
#include "service/auth.h"

enum { BEFORE = IMAP_GREETED, AFTER = IMAP_LOGGED_IN | IMAP_SELECTED, ALWAYS = BEFORE | AFTER };

/* What no command of the table stands for. One row an extension; docs/PROTOCOLS.md lists them. */
static const struct {
    struct str name;
    unsigned stages; /* enum imap_stage: when it is offered */
} extensions[] = {
    {STR("IMAP4rev2"), ALWAYS},                   /* RFC 9051 */
    {STR("IMAP4rev1"), ALWAYS},                   /* RFC 3501 */
    {STR("LITERAL+"), ALWAYS},                    /* RFC 7888 */
    {STR("LOGIN-REFERRALS"), BEFORE},             /* RFC 2221 */
    {STR("LIST-STATUS"), AFTER},                  /* RFC 5819 */
    {STR("SEARCHRES"), AFTER},                    /* RFC 5182 */
    {STR("WITHIN"), AFTER},                       /* RFC 5032 */
    {STR("CHILDREN"), AFTER},                     /* RFC 3348 */
    {STR("SPECIAL-USE"), AFTER},                  /* RFC 6154 */
    {STR("CREATE-SPECIAL-USE"), AFTER},           /* RFC 6154 */
    {STR("LIST-MYRIGHTS"), AFTER},                /* RFC 8440 */
    {STR("LIST-METADATA"), AFTER},                /* RFC 9590 */
    {STR("ANNOTATE-EXPERIMENT-1"), AFTER},        /* RFC 5257 */
    {STR("QUOTA=RES-ANNOTATION-STORAGE"), AFTER}, /* RFC 9208 */
    {STR("INPROGRESS"), AFTER},                   /* RFC 9585 */
    {STR("FILTERS"), AFTER},                      /* RFC 5466 */
    {STR("QUOTA=RES-STORAGE"), AFTER},            /* RFC 9208 */
    {STR("QUOTA=RES-MAILBOX"), AFTER},            /* RFC 9208 */
    {STR("QUOTA=RES-MESSAGE"), AFTER},            /* RFC 9208 */
    {STR("PREVIEW"), AFTER},                      /* RFC 8970 */
    {STR("SAVEDATE"), AFTER},                     /* RFC 8514 */
    {STR("QRESYNC"), AFTER},                      /* RFC 7162 */
    {STR("UIDONLY"), AFTER},                      /* RFC 9586 */
    {STR("PARTIAL"), AFTER},                      /* RFC 9394 */
    {STR("OBJECTID"), AFTER},                     /* RFC 8474 */
    {STR("CATENATE"), AFTER},                     /* RFC 4469 */
    {STR("URL-PARTIAL"), AFTER},                  /* RFC 5550 */
    {STR("UTF8=ACCEPT"), AFTER},                  /* RFC 9755 */

    /* RFC 5256, the draft of its successor, RFC 5267, RFC 5957 */
    {STR("THREAD=ORDEREDSUBJECT"), AFTER},
    {STR("THREAD=REFS"), AFTER},
    {STR("ESORT"), AFTER},
    {STR("SEARCH=FUZZY"), AFTER}, /* RFC 6203 */
    {STR("I18NLEVEL=1"), AFTER},  /* RFC 5255 */
    {STR("CONTEXT=SORT"), AFTER},
    {STR("SORT=DISPLAY"), AFTER},
};

static void put(struct buf *out, struct str name)
{
    buf_byte(out, ' ');
    buf_add(out, name);
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
        put(out, STR("STARTTLS"));
    if (!imap_password_ok(s))
        put(out, STR("LOGINDISABLED"));
    put_mechanisms(out, mechanisms);
}

/* Those of the table that make sense now: STARTTLS and login only before, the rest only after. */
static void put_commands(const struct imap_session *s, struct buf *out)
{
    bool in = s->stage != IMAP_GREETED;
    const struct imap_command *c;
    for (size_t i = 0; (c = imap_command_at(i)); i++) {
        bool now = in ? c->stages != IMAP_GREETED : (c->stages & IMAP_GREETED) != 0;
        if (c->capability.n && now)
            put(out, c->capability);
    }
}

void imap_capabilities(struct ctx *cx, const struct imap_session *s, struct buf *out)
{
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (extensions[i].stages & s->stage)
            put(out, extensions[i].name);
    put_commands(s, out);
    if (s->stage == IMAP_GREETED) {
        put_before_login(cx, s, out);
    } else {
        if (s->env->jmap_url.n) /* RFC 9698 */
            put(out, STR("JMAPACCESS"));
        if (s->env->sieve_host.n) /* RFC 6785 */
            buf_printf(out, " IMAPSIEVE=sieve://%.*s", STR_ARG(s->env->sieve_host));
        if (s->env->push)
            put(out, STR("XAPPLEPUSHSERVICE"));
        if (s->env->limits.messages) /* RFC 9738 */
            buf_printf(out, " MESSAGELIMIT=%u", s->env->limits.messages);
        else if (s->env->limits.saves)
            buf_printf(out, " SAVELIMIT=%u", s->env->limits.saves);
        buf_add(out, STR(" APPENDLIMIT="));
        buf_u64(out, s->env->limits.message_bytes);
    }
}
