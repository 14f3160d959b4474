// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString program(const QString &name)
{
    return qEnvironmentVariable("CONTINUO_BIN") + u'/' + name;
}

/// Runs a program; its output, standard error behind it.
QByteArray run(const QString &name, const QStringList &arguments, int *exitCode)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program(name), arguments);
    *exitCode = process.waitForFinished(120'000) ? process.exitCode() : -1;
    return process.readAll();
}

} // namespace

/// The player alone, judged by the frame code: each clip of the corpus at several house rates.
class TestExact final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void everyFrameAndSample_isTheRightOne_data();
    void everyFrameAndSample_isTheRightOne();

private:
    QTemporaryDir m_folder;
};

void TestExact::initTestCase()
{
    int exitCode = -1;
    const QByteArray made
        = run(u"framecode"_s, {u"corpus"_s, m_folder.path(), u"--seconds"_s, u"2"_s}, &exitCode);
    QVERIFY2(exitCode == 0, made.constData());
}

void TestExact::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestExact::everyFrameAndSample_isTheRightOne_data()
{
    QTest::addColumn<QString>("clip");
    QTest::addColumn<QString>("fps");
    QTest::addColumn<QString>("size");
    const QStringList clips
        = QDir(m_folder.path()).entryList({u"[0-9][0-9]-*"_s}, QDir::Files, QDir::Name);
    QVERIFY(clips.size() >= 24); // a clip and its sidecar each
    for (const QString &clip : clips) {
        if (clip.endsWith(u".json"_s))
            continue;
        QTest::addRow("%s at 30", qPrintable(clip)) << clip << u"30"_s << u"640x360"_s;
        QTest::addRow("%s at 29.97", qPrintable(clip)) << clip << u"30000/1001"_s << u"640x360"_s;
        QTest::addRow("%s at 25", qPrintable(clip)) << clip << u"25"_s << u"256x144"_s;
    }
}

void TestExact::everyFrameAndSample_isTheRightOne()
{
    QFETCH(QString, clip);
    QFETCH(QString, fps);
    QFETCH(QString, size);
    const QString output = m_folder.filePath(u"played.nut"_s);
    int exitCode = -1;
    const QByteArray played = run(u"continuo-player"_s,
                                  {u"--play"_s, m_folder.filePath(clip), u"--nut"_s, output,
                                   u"--format"_s, size + u'@' + fps},
                                  &exitCode);
    QVERIFY2(exitCode == 0, played.constData());
    const QString expectation = m_folder.filePath(u"expect.json"_s);
    QFile file(expectation);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        QJsonDocument(
            QJsonObject{{u"fps"_s, fps},
                        {u"items"_s,
                         QJsonArray{QJsonObject{
                             {u"sidecar"_s, m_folder.filePath(clip + u".framecode.json"_s)}}}},
                        {u"start"_s, 0},
                        {u"end"_s, u"complete"_s}})
            .toJson());
    file.close();
    const QByteArray judged
        = run(u"framecode"_s, {u"check"_s, output, u"--expect"_s, expectation}, &exitCode);
    QVERIFY2(exitCode == 0, (played + judged).constData());
}

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestExact)
#include "tst_exact.moc"
