/* The commands that need no page of their own. */
#include "proto/smtp/command.h"

enum code smtp_rset(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    (void)cx;
    if (!cur_end(&arg))
        return smtp_refuse(s, r, "501 5.5.4 RSET takes no parameters");
    smtp_reset(s);
    smtp_forward_forget(s);
    smtp_say(s, r, "250 2.0.0 Ok");
    return OK;
}

enum code smtp_noop(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    (void)cx;
    (void)arg;
    smtp_say(s, r, "250 2.0.0 Ok");
    return OK;
}

enum code smtp_quit(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    (void)cx;
    if (!cur_end(&arg))
        return smtp_refuse(s, r, "501 5.5.4 QUIT takes no parameters");
    smtp_goodbye(s, r, "221 2.0.0 Goodbye");
    return OK;
}

/* RFC 5321 section 3.5.3: whether an address exists is said to nobody who only asks. */
enum code smtp_vrfy(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    (void)cx;
    if (cur_end(&arg))
        return smtp_refuse(s, r, "501 5.5.4 VRFY takes an address");
    smtp_say(s, r, "252 2.0.0 Send some mail, it will be tried");
    return OK;
}

enum code smtp_expn(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    (void)cx;
    (void)arg;
    return smtp_refuse(s, r, "502 5.5.1 Members of lists are not told");
}

enum code smtp_help(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    (void)cx;
    size_t count;
    const struct smtp_command *rows = smtp_commands(&count);
    for (size_t i = 0; !cur_end(&arg) && i < count; i++) {
        if (str_ieq(arg.rest, rows[i].name)) {
            smtp_sayf(s, r, "214 2.0.0 %s", rows[i].syntax);
            return OK;
        }
    }
    if (!cur_end(&arg))
        return smtp_refuse(s, r, "504 5.5.4 No help on that");
    rope_put(&r->out, STR("214-2.0.0 Commands:"));
    for (size_t i = 0; i < count; i++) {
        rope_put(&r->out, STR(" "));
        rope_put(&r->out, rows[i].name);
    }
    rope_put(&r->out, STR("\r\n"));
    smtp_say(s, r, "214 2.0.0 HELP and a command shows how it is said");
    return OK;
}
