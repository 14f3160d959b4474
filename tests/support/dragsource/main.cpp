// SPDX-License-Identifier: GPL-3.0-or-later
// A window that stands for a file manager: dragging anywhere in it drags all of its files.
// dragsource X Y FILE…: the window's place on the screen, 200x200, and the files or folders.
#include <QApplication>
#include <QDrag>
#include <QMimeData>
#include <QMouseEvent>
#include <QUrl>
#include <QWidget>

#include <cstdio>

namespace {

class Source final : public QWidget {
public:
    explicit Source(const QList<QUrl> &urls)
        : QWidget(nullptr, Qt::FramelessWindowHint | Qt::WindowStaysOnTopHint)
        , m_urls(urls)
    {
        setWindowTitle(QStringLiteral("dragsource"));
    }

protected:
    void mousePressEvent(QMouseEvent *event) override { m_pressed = event->position(); }
    void mouseMoveEvent(QMouseEvent *event) override
    {
        if ((event->position() - m_pressed).manhattanLength() < QApplication::startDragDistance())
            return;
        auto *files = new QMimeData;
        files->setUrls(m_urls);
        auto *drag = new QDrag(this);
        drag->setMimeData(files);
        drag->exec(Qt::CopyAction);
    }

private:
    QList<QUrl> m_urls;
    QPointF m_pressed;
};

} // namespace

int main(int argc, char **argv)
{
    const QApplication application(argc, argv);
    const QStringList arguments = QApplication::arguments();
    if (arguments.size() < 4) {
        std::fputs("Usage: dragsource X Y FILE…\n", stderr);
        return 2;
    }
    QList<QUrl> urls;
    for (const QString &file : arguments.mid(3))
        urls << QUrl::fromLocalFile(file);
    Source source(urls);
    source.setGeometry(arguments.at(1).toInt(), arguments.at(2).toInt(), 200, 200);
    source.show();
    return QApplication::exec();
}
