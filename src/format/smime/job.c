/* Jobs and verdicts, on their way into the cage and out of it. */
#include "base/buf.h"
#include "format/smime/smime.h"

enum { JOB_MAX = SMIME_TRUST_MAX + SMIME_SIGNATURE_MAX + 3 * SMIME_CONTENT_MAX };

static const struct str job_mark = STR("smime job 1\n"), verdict_mark = STR("v1");

struct str smime_job_write(struct arena *a, const struct smime_job *job)
{
    struct buf b = buf_of(a, JOB_MAX);
    buf_add(&b, job_mark);
    buf_le8(&b, job->detached);
    buf_le64(&b, (uint64_t)job->now_s);
    buf_le64(&b, (uint64_t)job->then_s);
    buf_le8(&b, (uint8_t)job->from.count);
    for (size_t i = 0; i < 2 * job->from.count; i++)
        buf_le_str(&b, job->from.at[i]);
    buf_le_str(&b, job->trust);
    buf_le_str(&b, job->signature);
    buf_le_str(&b, job->content);
    must(!b.overflow);
    return buf_str(&b);
}

bool smime_job_read(struct str in, struct smime_job *out)
{
    struct cur c = cur_of(in);
    struct smime_job job = {0};
    uint8_t detached, count;
    uint64_t now, then;
    if (!cur_text(&c, job_mark) || !cur_le8(&c, &detached) || !cur_le64(&c, &now) ||
        !cur_le64(&c, &then) || !cur_le8(&c, &count) || count > SMIME_FROM_MAX)
        return false;
    for (size_t i = 0; i < 2 * (size_t)count; i++)
        if (!cur_le_str(&c, &job.from.at[i]))
            return false;
    job.from.count = count;
    job.detached = detached;
    job.now_s = (int64_t)now;
    job.then_s = (int64_t)then;
    if (!cur_le_str(&c, &job.trust) || !cur_le_str(&c, &job.signature) ||
        !cur_le_str(&c, &job.content) || !cur_end(&c))
        return false;
    *out = job;
    return true;
}

void smime_verdict_write(struct buf *out, const struct smime_verdict *v)
{
    buf_add(out, verdict_mark);
    buf_le8(out, v->is_signed);
    buf_le32(out, v->now);
    buf_le32(out, v->then);
    buf_le32(out, v->trusted);
}

bool smime_verdict_read(struct str in, struct smime_verdict *out)
{
    struct cur c = cur_of(in);
    struct smime_verdict v;
    uint8_t is_signed;
    if (!cur_text(&c, verdict_mark) || !cur_le8(&c, &is_signed) || !cur_le32(&c, &v.now) ||
        !cur_le32(&c, &v.then) || !cur_le32(&c, &v.trusted) || !cur_end(&c))
        return false;
    if (is_signed > 1 || (v.now | v.then) >> SMIME_FAULTS)
        return false;
    v.is_signed = is_signed;
    *out = v;
    return true;
}
