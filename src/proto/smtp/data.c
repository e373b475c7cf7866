/* DATA (RFC 5321 section 4.1.1.4) and what follows it. */
#include "proto/smtp/command.h"
#include "proto/smtp/content.h"

enum code smtp_data(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    if (!cur_end(&arg))
        return smtp_refuse(s, r, "501 5.5.4 DATA takes no parameters");
    if (s->stage == STAGE_MAIL)
        return smtp_refuse(s, r, smtp_nobody_text(s));
    if (s->t.body == BODY_BINARYMIME)
        return smtp_refuse(s, r, "503 5.5.1 BINARYMIME needs BDAT");
    if (!smtp_filter_data(cx, s, r)) {
        smtp_reset(s);
        return OK;
    }
    s->input = INPUT_DATA;
    smtp_say(s, r, "354 End with a dot on a line of its own");
    return OK;
}

/* Nothing is kept of it; its end is waited for, within reason. */
static void too_big(struct ctx *cx, struct smtp_session *s, struct str content, bool ended,
                    struct reply *r)
{
    s->input = INPUT_DATA_REST;
    s->t.skipped += content.n;
    if (s->t.skipped > 2 * smtp_wire_max(s)) {
        smtp_message_refuse(cx, s, "552 5.3.4 Message far too big; closing the connection", r);
        s->input = INPUT_OVER;
        r->close = true;
        return;
    }
    if (!ended)
        return;
    s->input = INPUT_COMMAND;
    smtp_message_refuse(cx, s, "552 5.3.4 Message too big for this server", r);
}

void smtp_data_run(struct ctx *cx, struct smtp_session *s, struct str content, struct reply *r)
{
    bool ended = str_ends(content, STR("\r\n.\r\n")) || str_eq(content, STR(".\r\n"));
    if (s->input == INPUT_DATA_REST || !ended || content.n > smtp_wire_max(s)) {
        too_big(cx, s, content, ended, r);
        return;
    }
    s->input = INPUT_COMMAND;
    struct str message = str_sub(content, 0, content.n - 3);
    struct content_lines lines = smtp_content_lines(message, SMTP_CONTENT_LINE_MAX);
    if (lines.bare) {
        smtp_message_refuse(cx, s, "550 5.6.0 A lone CR or LF in the message", r);
        return;
    }
    if (lines.nul) {
        smtp_message_refuse(cx, s, "550 5.6.0 A NUL in the message", r);
        return;
    }
    if (lines.too_long) {
        smtp_message_refuse(cx, s, "550 5.6.0 A line of the message is too long", r);
        return;
    }
    smtp_accept(cx, s, lines.dots ? smtp_content_undot(cx->arena, message) : message, r);
}
