// SPDX-License-Identifier: GPL-3.0-or-later
// What clients may ask about files before their turn.
#include "core/media/thumbnail.h"
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
    connect(&m_proofs, &ProofQueue::pictured, this,
            [this](const QString &tag, const QJsonObject &object) {
                if (std::optional<RawThumbnail> thumbnail = RawThumbnail::fromJson(object))
                    m_thumbnails.keep(tag, std::move(*thumbnail));
            });
}

// On the store's thread. Not in the prover: what a client shows was written by us, not by a process
// that parses what strangers send.
Result<QByteArray> Station::encodeThumbnail(const RawThumbnail &thumbnail)
{
    return encodeJpeg({reinterpret_cast<const std::uint8_t *>(thumbnail.yuv.constData()),
                       std::size_t(thumbnail.yuv.size())},
                      thumbnail.width, thumbnail.height);
}

// On the store's thread.
void Station::onThumbnailTrouble(const Result<void> &state)
{
    QMetaObject::invokeMethod(
        this,
        [this, state] {
            m_arePicturesKept = bool(state);
            if (state)
                onMessage({}, u"info"_s, u"thumbnails-not-kept-over"_s,
                          u"small pictures of files are kept again"_s);
            else
                onMessage({}, u"warning"_s, u"thumbnails-not-kept"_s,
                          u"small pictures of files cannot be kept: "_s + state.error().detail);
        },
        Qt::QueuedConnection);
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

void Station::thumbnailGet(const QJsonObject &params, const RpcReply &reply)
{
    const QString path = params.value("path"_L1).toString();
    const QString kind = params.value("kind"_L1).toString(u"poster"_s);
    if (!isThumbnailKind(kind))
        return reply.error({ErrorCode::InvalidArgument,
                            u"kind is poster, head or tail, not \"%1\""_s.arg(kind), 0});
    const Result<Proof> proof = proofOf(path);
    if (!proof)
        return reply.error(proof.error());
    const QString tag = m_proofs.thumbnailTagOf(path);
    const QJsonValue at = proof->ends.value("thumbnails"_L1).toObject().value(kind);
    if (tag.isEmpty() || !at.isDouble())
        return reply.error({ErrorCode::NotFound, u"there is no such picture of %1"_s.arg(path), 0});
    // Replies belong to this thread: the store's gets a number.
    const quint64 number = ++m_lastPicture;
    m_picturesAsked.emplace(
        number,
        PictureAsked{reply,
                     {{u"path"_s, path}, {u"kind"_s, kind}, {u"tag"_s, tag}, {u"atUs"_s, at}}});
    const auto found = [this, number](const QByteArray &jpeg) {
        QMetaObject::invokeMethod(
            this, [this, number, jpeg] { answerPicture(number, jpeg); }, Qt::QueuedConnection);
    };
    if (!m_thumbnails.find(tag, kind, found)) {
        m_picturesAsked.erase(number);
        reply.error({ErrorCode::Busy, u"too many pictures are asked for at once"_s, 0});
    }
}

void Station::answerPicture(quint64 number, const QByteArray &jpeg)
{
    auto asked = m_picturesAsked.extract(number);
    if (asked.empty())
        return;
    auto &[reply, result] = asked.mapped();
    if (jpeg.isEmpty() && !m_arePicturesKept) // made again, it would be lost again
        return reply.error({ErrorCode::Busy, u"pictures of files cannot be kept just now"_s, 0});
    if (jpeg.isEmpty()) {
        m_proofs.picture(result.value("path"_L1).toString());
        return reply.error(
            {ErrorCode::NotFound, u"the picture was not kept, and is made again"_s, 0});
    }
    result.insert(u"jpeg"_s, QString::fromLatin1(jpeg.toBase64()));
    reply.result(result);
}

} // namespace continuo
