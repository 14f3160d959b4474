// SPDX-License-Identifier: GPL-3.0-or-later
#include "playedclip.h"

#include "tests/support/framecode/clipmaker.h"

#include <QDir>
#include <QLockFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <memory>

using namespace Qt::StringLiterals;
using framecode::Clip;
using framecode::Outcome;
using framecode::Rate;

namespace continuo {

namespace {

constexpr double kSeconds = 2;

// The rates that "./check --full traits" plays everything at; ./check has some.
bool hasAllRates()
{
    return qEnvironmentVariableIsSet("CONTINUO_ALL_TRAITS");
}

} // namespace

/// The player alone, judged by the frame code: each clip of the corpus at several house rates, and
/// parts of it.
class TestExact final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void everyFrameAndSample_isTheRightOne_data();
    void everyFrameAndSample_isTheRightOne();
    void part_isExactAtBothEnds_data();
    void part_isExactAtBothEnds();

private:
    QTemporaryDir m_folder;
    std::vector<std::shared_ptr<const Clip>> m_corpus;
};

void TestExact::initTestCase()
{
    std::signal(SIGPIPE, SIG_IGN);
    // Where other tests have them, too: whoever comes first makes them.
    const QString folder
        = QDir(qEnvironmentVariable("CONTINUO_BIN") + u"/../corpus-%1"_s.arg(kSeconds))
              .absolutePath();
    QVERIFY(QDir().mkpath(folder));
    QLockFile lock(folder + u"/lock"_s);
    lock.setStaleLockTime(0);
    QVERIFY(lock.lock());
    const Outcome<QString> list = framecode::makeCorpus(folder, kSeconds);
    QVERIFY2(list, qPrintable(list ? QString() : list.error()));
    const Outcome<framecode::Expectation> all
        = framecode::expectationOfList(list.value(), Rate{30, 1});
    QVERIFY2(all, qPrintable(all ? QString() : all.error()));
    for (const framecode::ExpectedItem &item : all.value().items)
        m_corpus.push_back(item.clip);
    QCOMPARE(m_corpus.size(), std::size_t(12));
}

void TestExact::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestExact::everyFrameAndSample_isTheRightOne_data()
{
    QTest::addColumn<int>("clip");
    QTest::addColumn<QString>("fps");
    QTest::addColumn<QString>("size");
    for (std::size_t i = 0; i < m_corpus.size(); ++i) {
        const QByteArray name = m_corpus[i]->file.section(u'/', -1).toUtf8();
        const auto add = [&](const char *fps, const char *rate, const char *size) {
            QTest::addRow("%s at %s", name.constData(), fps)
                << int(i) << QString::fromLatin1(rate) << QString::fromLatin1(size);
        };
        add("30", "30", "640x360");
        if (i == 0 || hasAllRates())
            add("29.97", "30000/1001", "640x360");
        add("25", "25", "256x144");
    }
}

void TestExact::everyFrameAndSample_isTheRightOne()
{
    QFETCH(int, clip);
    QFETCH(QString, fps);
    QFETCH(QString, size);
    playExactly(m_corpus[std::size_t(clip)], {size, fps}, m_folder.filePath(u"played.nut"_s));
}

void TestExact::part_isExactAtBothEnds_data()
{
    QTest::addColumn<int>("clip");
    QTest::addColumn<QString>("fps");
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("until");
    for (std::size_t i = 0; i < m_corpus.size(); ++i) {
        const QByteArray name = m_corpus[i]->file.section(u'/', -1).toUtf8();
        QTest::addRow("%s at 30", name.constData()) << int(i) << u"30"_s << 13 << 47;
        QTest::addRow("%s at 50", name.constData()) << int(i) << u"50"_s << 51 << 93;
        if (!hasAllRates())
            continue;
        QTest::addRow("%s at 29.97", name.constData()) << int(i) << u"30000/1001"_s << 31 << 45;
        QTest::addRow("%s at 25", name.constData()) << int(i) << u"25"_s << 7 << 49;
    }
}

// Long groups of pictures, and containers without an index, too: none is decoded from its begin to
// be left, and all begin at the frame that was asked for.
void TestExact::part_isExactAtBothEnds()
{
    QFETCH(int, clip);
    QFETCH(QString, fps);
    QFETCH(int, from);
    QFETCH(int, until);
    playExactly(m_corpus[std::size_t(clip)], {u"256x144"_s, fps, from, until},
                m_folder.filePath(u"played.nut"_s));
}

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestExact)
#include "tst_exact.moc"
