/* The page that asks a person whether a program may. */
#include "proto/oauth/inner.h"
#include "service/oauth/redirect.h"
#include "service/oauth/scope.h"

/* What a scope lets it do, in words. */
static const struct {
    uint32_t scope;
    struct str what;
} powers[] = {
    {SCOPE_OPENID, STR("know who you are")},
    {SCOPE_PROFILE, STR("see your name")},
    {SCOPE_EMAIL, STR("see your mail address")},
    {SCOPE_IMAP, STR("read, change and delete your mail (IMAP)")},
    {SCOPE_POP, STR("read and delete your mail (POP3)")},
    {SCOPE_SMTP, STR("send mail as you")},
    {SCOPE_JMAP, STR("read, change, delete and send your mail (JMAP)")},
    {SCOPE_SIEVE, STR("change your mail filters")},
    {SCOPE_DAV, STR("read and change your calendars and contacts")},
    {SCOPE_OFFLINE, STR("do this also while you are not there, until you take it back")},
};

static void powers_put(struct page *p, uint32_t scopes)
{
    page_paragraph(p, STR("It could:"));
    page_markup(p, STR("<ul>\r\n"));
    for (size_t i = 0; i < sizeof powers / sizeof *powers; i++) {
        if (!(scopes & powers[i].scope))
            continue;
        page_markup(p, STR("<li>"));
        page_text(p, powers[i].what);
        page_markup(p, STR("</li>\r\n"));
    }
    page_markup(p, STR("</ul>\r\n"));
}

static void pair_put(struct page *p, struct str english, struct str value)
{
    page_markup(p, STR("<p>"));
    page_text(p, english);
    page_markup(p, STR(" <strong>"));
    page_plain(p, value);
    page_markup(p, STR("</strong></p>\r\n"));
}

static void buttons_put(struct page *p, const struct question *ask)
{
    page_markup(p, STR("<form method=\"post\" action=\""));
    page_plain(p, ask->action);
    page_markup(p, STR("\">\r\n"));
    page_hidden(p, "about", ask->value);
    page_hidden(p, "seal", ask->seal);
    page_markup(p, STR("<button class=\"first\" name=\"decision\" value=\"allow\">"));
    page_text(p, STR("Allow"));
    page_markup(p, STR("</button>\r\n<button name=\"decision\" value=\"decline\">"));
    page_text(p, STR("Decline"));
    page_markup(p, STR("</button>\r\n</form>\r\n"));
}

enum code consent_page(struct ctx *cx, const struct http_request *q, const struct question *ask,
                       struct http_response *a)
{
    struct page p = page_begin(cx, q, STR("May this program use your account?"));
    struct str back = ask->redirect.n ? redirect_origin(ask->redirect) : (struct str){0};
    pair_put(&p, STR("Program:"), ask->client->name);
    pair_put(&p, STR("Account:"), ask->visitor->who.address);
    if (ask->user_code.n) {
        page_paragraph(&p, STR("Does the device show this code? If not, decline."));
        page_markup(&p, STR("<p class=\"code\">"));
        page_plain(&p, ask->user_code);
        page_markup(&p, STR("</p>\r\n"));
    }
    powers_put(&p, ask->scopes);
    if (!ask->client->secret_hash.n || ask->client->strange)
        page_paragraph(&p, STR("Anybody can give a program this name. Allow it only if you have "
                               "just begun this yourself."));
    if (back.n)
        pair_put(&p, STR("Then you go on at"), back);
    buttons_put(&p, ask);
    page_end(cx, &p, back, 200, a);
    return OK;
}
