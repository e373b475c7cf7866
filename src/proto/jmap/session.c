/* The session object (RFC 8620 section 2), and the rows of the router. */
#include "base/metric.h"
#include "core/directory.h"
#include "core/share/sharing.h"
#include "format/thread.h"
#include "proto/jmap/capability.h"
#include "proto/jmap/email/make.h"
#include "proto/jmap/push/push.h"
#include "proto/jmap/query/sort.h"
#include "proto/jmap/transfer/transfer.h"
#include "service/picture/picture.h"
#include "service/push/webpush.h"
#include "service/requests.h"

enum { SESSION_MAX = 4 * 1024 * 1024, HTTPS_PORT = 443, STATE_ACCOUNTS_MAX = 64 };

static const char core_name[] = "urn:ietf:params:jmap:core";
static const char mail_name[] = "urn:ietf:params:jmap:mail";

void jmap_env_open(struct jmap_env *e)
{
    e->calls = metric_of(e->metrics, METRIC_COUNTER, "postroad_jmap_calls_total", "",
                         "JMAP method calls.");
    e->errors = metric_of(e->metrics, METRIC_COUNTER, "postroad_jmap_errors_total", "",
                          "JMAP method calls that ended with an error.");
    jmap_meters_open(e);
    e->socket = jmap_socket_handler;
    e->socket.gathered = &e->gathered;
    e->pushed = metric_of(e->metrics, METRIC_COUNTER, "postroad_jmap_state_changes_total", "",
                          "Changes of states told to clients that are connected.");
    e->uploads = metric_of(e->metrics, METRIC_COUNTER, "postroad_jmap_uploads_total", "",
                           "Files that were handed in by JMAP.");
    e->downloads = metric_of(e->metrics, METRIC_COUNTER, "postroad_jmap_downloads_total", "",
                             "Files that were fetched by JMAP.");
    e->zips = metric_of(e->metrics, METRIC_COUNTER, "postroad_jmap_zips_total", "",
                        "Messages whose attachments were fetched as one archive.");
}

static void put_core(struct json *j)
{
    static const struct {
        const char *name;
        uint64_t value;
    } limits[] = {
        {"maxSizeUpload", JMAP_UPLOAD_MAX},    {"maxConcurrentUpload", REQUESTS_EACH},
        {"maxSizeRequest", JMAP_REQUEST_MAX},  {"maxConcurrentRequests", REQUESTS_EACH},
        {"maxCallsInRequest", JMAP_CALLS_MAX}, {"maxObjectsInGet", JMAP_GET_MAX},
        {"maxObjectsInSet", JMAP_SET_MAX},
    };
    json_key(j, core_name);
    json_object(j);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        json_key(j, limits[i].name);
        json_u64(j, limits[i].value);
    }
    json_key(j, "collationAlgorithms");
    json_array(j);
    for (unsigned i = 0; i < COLLATION_COUNT; i++)
        json_str(j, collation_name((enum collation)i));
    json_array_end(j);
    json_object_end(j);
}

/* RFC 8621 section 1.3.1. A message lies in one mailbox. */
static void put_mail(struct json *j, bool own)
{
    json_key(j, mail_name);
    json_object(j);
    json_key(j, "maxMailboxesPerEmail");
    json_u64(j, 1);
    json_key(j, "maxMailboxDepth");
    json_u64(j, FOLDER_DEPTH_MAX);
    json_key(j, "maxSizeMailboxName");
    json_u64(j, FOLDER_NAME_MAX);
    json_key(j, "maxSizeAttachmentsPerEmail");
    json_u64(j, JMAP_ATTACHMENTS_MAX);
    json_key(j, "emailQuerySortOptions");
    json_array(j);
    for (size_t i = 0; jmap_sort_name(i).n; i++)
        json_str(j, jmap_sort_name(i));
    json_array_end(j);
    json_key(j, "mayCreateTopLevelMailbox");
    json_bool(j, own);
    json_object_end(j);
}

/* How the page asks for pictures of other servers: docs/HTTP.md. */
static enum code put_pictures(struct ctx *cx, const struct jmap_env *e,
                              const struct auth_result *who, struct json *j)
{
    struct str key;
    TRY(picture_key(cx, e->core, who->who.id, &key));
    json_key(j, "https://postroad.org/jmap/picture");
    json_object(j);
    json_key(j, "url");
    json_str(j, str_printf(cx->arena, "/proxy/picture?key=%.*s&url={url}", STR_ARG(key)));
    json_object_end(j);
    return OK;
}

/* How the page asks for what is in documents, and for all files at once: docs/PREVIEW.md. */
static void put_files(const struct jmap_env *e, struct json *j)
{
    json_key(j, "https://postroad.org/jmap/files");
    json_object(j);
    json_key(j, "zipUrl");
    json_str(j, STR("/jmap/zip/{accountId}/{emailId}"));
    if (e->previews) {
        json_key(j, "previewUrl");
        json_str(j, STR("/jmap/preview/{accountId}/{blobId}/{as}"));
    }
    json_object_end(j);
}

enum code jmap_is_read_only(struct ctx *cx, const struct jmap_env *e, account_id account,
                            principal_id reader, bool *out)
{
    enum { CHANGES = RIGHTS_ALL & ~(RIGHT_LOOKUP | RIGHT_READ | RIGHT_FREEBUSY) };
    struct folder_rights *rights;
    size_t count = 0;
    *out = account != reader;
    if (*out)
        TRY(rights_of_all(cx, e->core, account, reader, &rights, &count));
    for (size_t i = 0; i < count; i++)
        *out &= !(rights[i].rights & CHANGES);
    return OK;
}

static enum code put_account(struct ctx *cx, const struct jmap_env *e,
                             const struct auth_result *who, account_id account, struct json *j)
{
    struct principal p;
    enum code code = directory_by_id(cx, e->core, account, &p);
    bool own = account == who->who.id, read_only;
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    TRY(jmap_is_read_only(cx, e, account, who->who.id, &read_only));
    jmap_key(j, jmap_account_id(cx->arena, account));
    json_object(j);
    json_key(j, "name");
    json_str(j, p.address);
    json_key(j, "isPersonal");
    json_bool(j, own);
    json_key(j, "isReadOnly");
    json_bool(j, read_only);
    json_key(j, "accountCapabilities");
    json_object(j);
    json_key(j, core_name);
    json_object(j);
    json_object_end(j);
    put_mail(j, own);
    jmap_more_put_account(cx, e, account, who->who.id, j);
    json_object_end(j);
    json_object_end(j);
    return OK;
}

/* "https://mail.example:8443": as the setting says, or as the client came. */
static struct str origin_of(struct ctx *cx, const struct jmap_env *e, const struct http_request *q)
{
    size_t host = str_find(e->url, STR("://"));
    if (host != SIZE_MAX) {
        size_t end = str_chr(str_from(e->url, host + 3), '/');
        return end == SIZE_MAX ? e->url : str_sub(e->url, 0, host + 3 + end);
    }
    uint16_t port = q->peer->local_port;
    if (!port || port == HTTPS_PORT)
        return str_printf(cx->arena, "https://%.*s", STR_ARG(q->host));
    return str_printf(cx->arena, "https://%.*s:%u", STR_ARG(q->host), port);
}

/* RFC 8887 section 3. */
static void put_socket(struct ctx *cx, const struct jmap_env *e, const struct http_request *q,
                       struct json *j)
{
    struct str origin = origin_of(cx, e, q);
    struct str rest = str_from(origin, str_find(origin, STR("://")));
    json_key(j, "urn:ietf:params:jmap:websocket");
    json_object(j);
    json_key(j, "url");
    json_str(j, str_printf(cx->arena, "wss%.*s/jmap/ws", STR_ARG(rest)));
    json_key(j, "supportsPush");
    json_bool(j, true);
    json_object_end(j);
}

/* RFC 9749 section 3. */
static enum code put_vapid(struct ctx *cx, const struct jmap_env *e, struct json *j)
{
    struct str key;
    if (!e->pusher)
        return OK;
    TRY(webpush_key(cx, e->core, &key));
    json_key(j, "urn:ietf:params:jmap:webpush-vapid");
    json_object(j);
    json_key(j, "applicationServerKey");
    json_str(j, key);
    json_object_end(j);
    return OK;
}

static void put_urls(struct ctx *cx, const struct jmap_env *e, const struct http_request *q,
                     struct json *j)
{
    static const struct {
        const char *name, *path;
    } urls[] = {
        {"apiUrl", "/jmap/api"},
        {"downloadUrl", "/jmap/download/{accountId}/{blobId}/{name}?accept={type}"},
        {"uploadUrl", "/jmap/upload/{accountId}/"},
        {"eventSourceUrl", "/jmap/events?types={types}&closeafter={closeafter}&ping={ping}"},
    };
    struct str origin = origin_of(cx, e, q);
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        json_key(j, urls[i].name);
        json_str(j, str_printf(cx->arena, "%.*s%s", STR_ARG(origin), urls[i].path));
    }
}

/* What another's account adds to the state. Of who has very many, changes of the last are not seen
   in it: it is asked for with every request. */
static enum code stamp_account(struct ctx *cx, const struct jmap_env *e, account_id account,
                               principal_id reader, struct buf *out)
{
    struct principal p;
    bool read_only;
    enum code code = directory_by_id(cx, e->core, account, &p);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    TRY(jmap_is_read_only(cx, e, account, reader, &read_only));
    buf_byte(out, read_only ? 'r' : 'w');
    buf_le_str(out, p.address);
    return OK;
}

/* Changes with what the session object says: who it is, the accounts, and what this server can. */
enum code jmap_session_state(struct ctx *cx, const struct jmap_env *e,
                             const struct auth_result *who, struct str *out)
{
    const bool can[] = {e->submission, e->filters, e->smime,         e->book,
                        e->previews,   e->pusher,  e->phishing.n > 0};
    const uint64_t limits[] = {JMAP_UPLOAD_MAX, REQUESTS_EACH, JMAP_REQUEST_MAX,    JMAP_CALLS_MAX,
                               JMAP_GET_MAX,    JMAP_SET_MAX,  JMAP_ATTACHMENTS_MAX};
    struct buf b = buf_of(cx->arena, SESSION_MAX);
    account_id *others;
    size_t count;
    TRY(sharing_accounts(cx, e->core, who->who.id, &others, &count));
    buf_le_str(&b, who->who.address);
    buf_le_str(&b, e->url);
    for (size_t i = 0; i < sizeof can / sizeof *can; i++)
        buf_byte(&b, can[i] ? '1' : '0');
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        buf_le64(&b, limits[i]);
    for (size_t i = 0; i < count; i++) {
        buf_le64(&b, others[i]);
        if (i < STATE_ACCOUNTS_MAX)
            TRY(stamp_account(cx, e, others[i], who->who.id, &b));
    }
    *out = str_printf(cx->arena, "%llx-%llx", (unsigned long long)who->who.id,
                      (unsigned long long)thread_key(buf_str(&b)));
    return OK;
}

static enum code put_accounts(struct ctx *cx, const struct jmap_env *e,
                              const struct auth_result *who, struct json *j)
{
    account_id *others;
    size_t count;
    TRY(sharing_accounts(cx, e->core, who->who.id, &others, &count));
    json_key(j, "accounts");
    json_object(j);
    TRY(put_account(cx, e, who, who->who.id, j));
    for (size_t i = 0; i < count; i++)
        TRY(put_account(cx, e, who, others[i], j));
    json_object_end(j);
    json_key(j, "primaryAccounts");
    json_object(j);
    json_key(j, mail_name);
    json_str(j, jmap_account_id(cx->arena, who->who.id));
    jmap_more_put_primary(cx, e, who->who.id, j);
    json_object_end(j);
    return OK;
}

enum code jmap_session(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a)
{
    const struct jmap_env *e = self;
    struct buf text = buf_of(cx->arena, SESSION_MAX);
    struct json j = json_to(&text);
    struct str state;
    json_object(&j);
    json_key(&j, "capabilities");
    json_object(&j);
    put_core(&j);
    json_key(&j, mail_name);
    json_object(&j);
    json_object_end(&j);
    TRY(put_pictures(cx, e, q->who, &j));
    put_files(e, &j);
    jmap_more_put(e, &j);
    put_socket(cx, e, q, &j);
    TRY(put_vapid(cx, e, &j));
    json_object_end(&j);
    TRY(put_accounts(cx, e, q->who, &j));
    json_key(&j, "username");
    json_str(&j, q->who->who.address);
    put_urls(cx, e, q, &j);
    TRY(jmap_session_state(cx, e, q->who, &state));
    json_key(&j, "state");
    json_str(&j, state);
    json_object_end(&j);
    buf_add(&text, STR("\r\n"));
    if (text.overflow)
        return fail(cx, E_LIMIT, "the session object is too long");
    http_answer_field(a, STR("Cache-Control"), STR("no-cache, no-store, must-revalidate"));
    http_answer_text(a, STR("application/json"), buf_str(&text));
    return OK;
}

const struct http_route jmap_routes[] = {
    {"jmap-session", STR("/.well-known/jmap"), HTTP_GET, HTTP_BY_TLS, HTTP_LOGIN, 0, jmap_session},
    {"jmap-session", STR("/jmap/session"), HTTP_GET, HTTP_BY_TLS, HTTP_LOGIN, 0, jmap_session},
    {"jmap-api", STR("/jmap/api"), HTTP_POST, HTTP_BY_TLS, HTTP_LOGIN, JMAP_REQUEST_MAX, jmap_api},
    {"jmap-socket", STR("/jmap/ws"), HTTP_GET | HTTP_CONNECT, HTTP_BY_TLS, HTTP_LOGIN, 0,
     jmap_socket},
    {"jmap-events", STR("/jmap/events"), HTTP_GET, HTTP_BY_TLS, HTTP_LOGIN, 0, jmap_events},
    {"jmap-upload", STR("/jmap/upload/"), HTTP_POST, HTTP_BY_TLS, HTTP_LOGIN, JMAP_UPLOAD_MAX,
     jmap_upload},
    {"jmap-download", STR("/jmap/download/"), HTTP_GET, HTTP_BY_TLS, HTTP_LOGIN, 0, jmap_download},
    {"jmap-preview", STR("/jmap/preview/"), HTTP_GET, HTTP_BY_TLS, HTTP_LOGIN, 0, jmap_preview},
    {"jmap-zip", STR("/jmap/zip/"), HTTP_GET, HTTP_BY_TLS, HTTP_LOGIN, 0, jmap_zip},
    {0},
};
