#include "service/smime/smime.h"
#include "server/command/common.h"

static enum code smime_trust(struct ctx *cx, struct command_call *call)
{
    struct smime_trust t = {.path = STR("-")};
    TRY(args_done(cx, &call->args));
    if (call->server->smime)
        smime_trust_of(cx, call->server->smime, &t);
    json_object(call->out);
    json_key(call->out, "trust");
    json_str(call->out, t.path);
    json_key(call->out, "files");
    json_u64(call->out, t.files);
    json_key(call->out, "certificates");
    json_u64(call->out, t.certificates);
    json_key(call->out, "lists");
    json_u64(call->out, t.lists);
    json_object_end(call->out);
    return OK;
}

const struct command smime_commands[] = {
    {.words = "smime trust",
     .usage = "",
     .summary = "who is trusted to vouch for signers of mail",
     .help = "Certificates of authorities, and lists of what they revoked, as they were read from\n"
             "the setting trust of smime. They are read anew each minute.",
     .example = "postroad smime trust",
     .run = smime_trust},
    {0},
};
