// SPDX-License-Identifier: GPL-3.0-or-later
// What clients may ask about files before their turn.
#include "core/station/station.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace continuo {

void Station::connectProofs()
{
    connect(&m_proofs, &ProofQueue::message, this,
            [this](const QString &level, const QString &code, const QString &text) {
                onMessage({}, level, code, text);
            });
}

Result<Proof> Station::proofOf(const QString &path) const
{
    if (const std::optional<Proof> proof = m_proofs.proof(path))
        return *proof;
    if (m_proofs.isUnderWay(path))
        return Proof();
    return Error{ErrorCode::NotFound, u"%1 is in no list"_s.arg(path), 0};
}

void Station::proofGet(const QJsonObject &params, const RpcReply &reply)
{
    const QString path = params.value("path"_L1).toString();
    const Result<Proof> proof = proofOf(path);
    if (!proof)
        return reply.error(proof.error());
    QJsonArray findings;
    for (const ProofFinding &finding : proof->findings())
        findings.append(finding.toJson());
    QJsonObject result = proof->toJson();
    result.insert(u"path"_s, path);
    result.insert(u"verdict"_s, verdictName(proof->verdict()));
    result.insert(u"tier"_s, proof->tier);
    result.insert(u"findings"_s, findings);
    if (m_proofs.isUnderWay(path))
        result.insert(u"underWay"_s, true);
    if (proof->durationUs() >= 0)
        result.insert(u"durationUs"_s, qint64(proof->durationUs()));
    reply.result(result);
}

void Station::proofAgain(const QJsonObject &params, const RpcReply &reply)
{
    const QString path = params.value("path"_L1).toString();
    if (const Result<Proof> proof = proofOf(path); !proof)
        return reply.error(proof.error());
    m_proofs.again(path);
    reply.result({});
}

} // namespace continuo
