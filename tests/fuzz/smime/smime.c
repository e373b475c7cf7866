/* Messages that may be signed, and jobs for the cage: whatever is found can be asked for, and
   whatever is asked for has a verdict. */
#include "format/smime/smime.h"
#include "base/arena.h"
#include "helper/smime/smime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct arena *a, struct str job)
{
    struct buf out = buf_of(a, SMIME_VERDICT_BYTES);
    struct smime_verdict v;
    struct smime_job read;
    if (!smime_job_read(job, &read)) {
        must(!reader_smime(job, &out));
        return;
    }
    must(reader_smime(job, &out) && !out.overflow && smime_verdict_read(buf_str(&out), &v));
    must(read.trust.n || v.now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct str in = str_of(data, size);
    struct smime_job job = {.now_s = 1767225600, .then_s = 1767225600};
    struct smime_found found;
    struct mime *m;
    judge(a, in);
    must(mime_parse(&cx, in, NULL, &m) == OK);
    smime_find(a, m, &found);
    smime_from_of(&cx, m, &found, &job.from);
    if (found.kind != SMIME_DETACHED && found.kind != SMIME_OPAQUE)
        return 0;
    job.detached = found.kind == SMIME_DETACHED;
    job.signature = found.signature;
    job.content = found.content;
    judge(a, smime_job_write(a, &job));
    return 0;
}
