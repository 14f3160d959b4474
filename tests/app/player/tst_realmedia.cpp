// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <cmath>

using namespace Qt::StringLiterals;

namespace continuo {

namespace {

QString mediaFolder()
{
    return qEnvironmentVariable("CONTINUO_TEST_MEDIA");
}

} // namespace

/// Every real file of the media folder, through the real player: it plays or it is refused with a
/// reason; it never crashes and never hangs; good ones play whole.
class TestRealMedia final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void file_playsOrIsNamed_data();
    void file_playsOrIsNamed();
};

void TestRealMedia::initTestCase()
{
    if (mediaFolder().isEmpty() || !QFile::exists(mediaFolder() + u"/MANIFEST.tsv"_s))
        QSKIP("CONTINUO_TEST_MEDIA names no folder with a MANIFEST.tsv: real media are not tried");
}

void TestRealMedia::init()
{
    QTest::failOnWarning(QRegularExpression(u".?"_s));
}

void TestRealMedia::file_playsOrIsNamed_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("quality");
    QTest::addColumn<double>("seconds");
    QFile manifest(mediaFolder() + u"/MANIFEST.tsv"_s);
    QVERIFY(manifest.open(QIODevice::ReadOnly));
    const QStringList lines = QString::fromUtf8(manifest.readAll()).split(u'\n');
    const QStringList names = lines.first().split(u'\t');
    const qsizetype quality = names.indexOf(u"class"_s);
    const qsizetype duration = names.indexOf(u"duration s"_s);
    QVERIFY(quality > 0 && duration > 0);
    for (const QString &line : lines.mid(1)) {
        const QStringList fields = line.split(u'\t');
        if (fields.size() > quality)
            QTest::addRow("%s", qPrintable(fields[0]))
                << fields[0] << fields[quality] << fields[duration].toDouble();
    }
}

void TestRealMedia::file_playsOrIsNamed()
{
    QFETCH(QString, file);
    QFETCH(QString, quality);
    QFETCH(double, seconds);
    QProcess process;
    process.start(qEnvironmentVariable("CONTINUO_BIN") + u"/continuo-player"_s,
                  {u"--play"_s, mediaFolder() + u'/' + file, u"--format"_s, u"256x144@30"_s});
    QVERIFY2(process.waitForFinished(120'000), "it hangs");
    const QByteArray errors = process.readAllStandardError();
    QVERIFY2(process.exitStatus() == QProcess::NormalExit, errors.constData());
    const QByteArray last = errors.trimmed().split('\n').last();
    const QJsonObject report = QJsonDocument::fromJson(last).object();
    if (process.exitCode() != 0) {
        QVERIFY2(quality != u"good"_s, errors.constData());
        QVERIFY2(!report.value(u"failed"_s).toObject().value(u"detail"_s).toString().isEmpty(),
                 errors.constData());
        return;
    }
    const QJsonObject finished = report.value(u"finished"_s).toObject();
    const int frames = finished.value(u"frames"_s).toInt();
    QVERIFY2(frames > 0, errors.constData());
    if (quality != u"good"_s)
        return;
    // The manifest has the length of the file: its picture may be shorter than its sound.
    QVERIFY2(std::abs(frames - seconds * 30) <= std::max(5.0, seconds * 30 * 0.1)
                 || std::abs(frames - finished.value(u"expected"_s).toInt()) <= 1,
             qPrintable(u"%1 frames of %2 s"_s.arg(frames).arg(seconds)));
    QCOMPARE(finished.value(u"errors"_s).toInt(), 0);
}

} // namespace continuo

QTEST_GUILESS_MAIN(continuo::TestRealMedia)
#include "tst_realmedia.moc"
