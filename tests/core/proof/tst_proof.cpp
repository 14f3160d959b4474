// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proof/proof.h"
#include "tests/core/proof/subjects.h"

#include <QJsonDocument>
#include <QRegularExpression>
#include <QTest>

#include <cerrno>

using namespace Qt::StringLiterals;
using namespace continuo;

namespace {

QJsonObject fromText(const QByteArray &text)
{
    return QJsonDocument::fromJson(text).object();
}

class TestProof final : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { QTest::failOnWarning(QRegularExpression(u".?"_s)); }

    void levels_areThoseOfTheWholeSound()
    {
        const auto of = [](const QByteArray &json) {
            return Proof::fromJson(QJsonDocument::fromJson(json).object()).levels();
        };
        const QByteArray sound
            = R"("tier":2,"reading":{"sound":{"loudness":-30.5,"truePeak":-12.25}})";
        QCOMPARE(of("{" + sound + "}"),
                 (QJsonObject{{u"loudness"_s, -30.5}, {u"truePeak"_s, -12.25}}));
        QVERIFY(of(R"({"tier":1})").isEmpty()); // not measured yet
        QVERIFY(of(R"({"tier":2,"reading":{"durationUs":1}})").isEmpty()); // without sound
        QCOMPARE(
            of(R"({"tier":2,"reading":{"sound":{"loudness":null,"truePeak":null}}})"),
            (QJsonObject{{u"loudness"_s, QJsonValue::Null}, {u"truePeak"_s, QJsonValue::Null}}));
        QVERIFY(of("{" + sound + R"(,"failed":{"code":"corrupt","detail":"x"}})").isEmpty());
    }

    void verdict_data()
    {
        QTest::addColumn<QByteArray>("proof");
        QTest::addColumn<QString>("verdict");
        QTest::addColumn<QString>("code"); // of the worst finding; empty: none
        QTest::addColumn<qint64>("atUs");
        const QByteArray ends = R"("ends":{"facts":{"durationUs":60000000},"head":{"errors":0}})";
        const auto row = [&](const char *name, const QByteArray &more, const char *verdict,
                             const char *code, qint64 atUs = -1) {
            QTest::newRow(name) << QByteArray("{" + more + "}") << QString::fromLatin1(verdict)
                                << QString::fromLatin1(code) << atUs;
        };
        const auto read = [&](const QByteArray &more) {
            return QByteArray(ends + R"(,"reading":{"durationUs":60000000)" + more + "}");
        };
        row("nothing known", "", "pending", "");
        row("first tier", ends, "pending", "");
        row("whole", read(""), "ready", "");
        row("a little short", ends + R"(,"reading":{"durationUs":59100000})", "ready", "");
        row("cut", ends + R"(,"reading":{"durationUs":30000000})", "warning", "ends-early",
            30'000'000);
        row("unreadable end", read(R"(,"endReason":"read on: Input/output error")"), "warning",
            "ends-early", 60'000'000);
        row("damaged", read(R"(,"damage":{"count":3,"places":[{"atUs":7000000}]})"), "warning",
            "damaged", 7'000'000);
        row("damaged head", R"("ends":{"facts":{"durationUs":1},"head":{"errors":2}})", "pending",
            "damaged");
        row("gap", read(R"(,"gaps":{"count":1,"totalUs":4000000,"places":[{"atUs":5000000}]})"),
            "warning", "pictures-missing", 5'000'000);
        row("late sound",
            read(R"(,"sound":{"missing":{"count":1,"totalUs":2000000,"places":[{"atUs":0}]}})"),
            "warning", "sound-missing", 0);
        row("sound a moment late",
            read(R"(,"sound":{"missing":{"count":1,"totalUs":300000,"places":[{"atUs":0}]}})"),
            "ready", "");
        row("silence",
            read(R"(,"sound":{"silences":{"count":1,"totalUs":11000000,)"
                 R"("places":[{"atUs":9000000}]}})"),
            "warning", "silent", 9'000'000);
        row("pause",
            read(R"(,"sound":{"silences":{"count":1,"totalUs":3000000,)"
                 R"("places":[{"atUs":9000000}]}})"),
            "ready", "");
        const auto looked = [&](const QByteArray &more) {
            return QByteArray(read("") + R"(,"look":{"tier":3,)" + more + "}");
        };
        row("looked at", looked(R"("black":{"count":0,"totalUs":0,"places":[]})"), "ready", "");
        row("black", looked(R"("black":{"count":1,"totalUs":8000000,"places":[{"atUs":3000000}]})"),
            "warning", "black", 3'000'000);
        row("fades", looked(R"("black":{"count":2,"totalUs":4500000,"places":[{"atUs":0}]})"),
            "ready", "");
        row("heavy", looked(R"("load":{"seconds":0.9,"processors":1})"), "warning", "too-heavy");
        row("light", looked(R"("load":{"seconds":0.7,"processors":1})"), "ready", "");
        row("heavy, four processors", looked(R"("load":{"seconds":2.9,"processors":4})"), "ready",
            "");
        row("fields, unmarked", looked(R"("fields":{"told":"progressive","seen":"top-first"})"),
            "warning", "fields-unmarked");
        row("fields, swapped", looked(R"("fields":{"told":"bottom-first","seen":"top-first"})"),
            "warning", "fields-swapped");
        row("fields", looked(R"("fields":{"told":"top-first","seen":"top-first"})"), "ready", "");
        row("whole pictures told as fields",
            looked(R"("fields":{"told":"top-first","seen":"progressive"})"), "ready", "");
        row("nothing moves", looked(R"("fields":{"told":"top-first","seen":"unknown"})"), "ready",
            "");
        row("no media", R"("failed":{"code":"corrupt","detail":"no media"})", "will-not-play",
            "corrupt");
        row("no decoder", R"("failed":{"code":"unsupported","detail":"no"})", "will-not-play",
            "unsupported");
        row("dead share", R"("failed":{"code":"timeout","detail":"no"})", "pending", "timeout");
        row("bad disk", R"("failed":{"code":"io","detail":"no"})", "pending", "io");
        row("crashes", ends + R"(,"crashed":true,"failed":{"code":"corrupt","detail":"twice"})",
            "will-not-play", "crashes");
        row("contradicted", R"("contradicted":true,"failed":{"code":"corrupt","detail":"no"})",
            "warning", "contradicted");
    }
    void verdict()
    {
        QFETCH(QByteArray, proof);
        QFETCH(QString, verdict);
        QFETCH(QString, code);
        QFETCH(qint64, atUs);
        const Proof told = Proof::fromJson(fromText(proof));
        const Proof kept = Proof::fromJson(told.toJson());
        for (const Proof &one : {told, kept}) {
            QCOMPARE(verdictName(one.verdict()), verdict);
            const std::vector<ProofFinding> findings = one.findings();
            QCOMPARE(findings.empty(), code.isEmpty());
            if (findings.empty())
                continue;
            QCOMPARE(findings.front().code, code);
            QCOMPARE(findings.front().atUs, atUs);
            QVERIFY(!findings.front().detail.isEmpty());
            QCOMPARE(one.summary().value("code"_L1).toString(), code);
        }
    }

    void frames_areThoseOfTheReader_data()
    {
        QTest::addColumn<qint64>("us");
        QTest::addColumn<FrameRate>("rate");
        QTest::addColumn<qint64>("frames");
        QTest::newRow("whole") << qint64(2'000'000) << FrameRate{30, 1} << qint64(60);
        // 1.5 frames at 24000/1001 are 62562.5 us: the half is lost, and rounds up all the same.
        QTest::newRow("half") << qint64(62'562) << FrameRate{24000, 1001} << qint64(2);
        QTest::newRow("below the half") << qint64(49'980) << FrameRate{30, 1} << qint64(1);
        QTest::newRow("hardly any") << qint64(1) << FrameRate{30, 1} << qint64(1);
    }
    void frames_areThoseOfTheReader()
    {
        QFETCH(qint64, us);
        QFETCH(FrameRate, rate);
        Proof proof;
        QCOMPARE(proof.frames(rate), -1);
        proof.ends = {{u"facts"_s, QJsonObject{{u"durationUs"_s, us}}}};
        QTEST(qint64(proof.frames(rate)), "frames");
        // What was read counts before what the file says of itself.
        proof.reading = {{u"durationUs"_s, 10'000'000}};
        QCOMPARE(proof.durationUs(), 10'000'000);
    }

    void unreachable_isMissing_onlyWhenItIsNotThere()
    {
        QCOMPARE(Proof::ofUnreachable(ENOENT, u"/x"_s).verdict(), ProofVerdict::WillNotPlay);
        QCOMPARE(Proof::ofUnreachable(ENOENT, u"/x"_s).failure->code, ErrorCode::NotFound);
        const Proof locked = Proof::ofUnreachable(EACCES, u"/x"_s);
        QCOMPARE(locked.verdict(), ProofVerdict::Pending);
        QVERIFY(locked.failure->code != ErrorCode::NotFound);
    }
};

} // namespace

std::unique_ptr<QObject> makeProofTest()
{
    return std::make_unique<TestProof>();
}

#include "tst_proof.moc"
