using System.Diagnostics;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SpectralEarth.Cli.Views;

/// <summary>State of a running job.</summary>
/// <param name="Fraction">Share that is done, 0 to 1.</param>
/// <param name="Text">What is being done, with its figures.</param>
/// <param name="Left">Time that is left; null to estimate it from the share.</param>
internal readonly record struct ProgressState(double Fraction, string Text, TimeSpan? Left = null);

/// <summary>Shows progress: a bar with remaining time for a person, a line every few seconds for a log, nothing when quiet.</summary>
internal static class ProgressView
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Runs <paramref name="work"/> and shows what it reports.</summary>
    internal static T Run<T>(Terminal terminal, string title, Func<Action<ProgressState>, T> work)
    {
        if (terminal.IsQuiet)
            return work(_ => { });
        return terminal.IsInteractive ? WithBar(terminal.Messages, title, work) : WithLines(terminal, title, work);
    }

    /// <summary>The same on a console that may redraw itself: a bar, and below it what is done, over as many lines as that takes.</summary>
    internal static T WithBar<T>(IAnsiConsole console, string title, Func<Action<ProgressState>, T> work)
    {
        var clock = Stopwatch.StartNew();
        var (text, left) = (Text.Empty, "");
        return console.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn { Width = 24 }, new PercentageColumn(), new TextColumn(() => left))
            .UseRenderHook((bar, _) => new Rows(bar, text))
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work(state =>
                {
                    task.Value = state.Fraction;
                    (text, left) = (new Text(state.Text), Left(state, clock.Elapsed));
                });
            });
    }

    private static T WithLines<T>(Terminal terminal, string title, Func<Action<ProgressState>, T> work)
    {
        var clock = Stopwatch.StartNew();
        var next = TimeSpan.Zero;
        return work(state =>
        {
            if (clock.Elapsed < next && state.Fraction < 1)
                return;
            next = clock.Elapsed + Interval;
            var left = Left(state, clock.Elapsed);
            terminal.Say($"{title} {state.Fraction:P0}  {state.Text}{(left.Length > 0 ? ", " : "")}{left}");
        });
    }

    private static string Left(ProgressState state, TimeSpan elapsed)
    {
        // The first steps tell nothing: they start threads and fill caches.
        if (state.Fraction is not (> 0 and < 1) || (state.Left is null && elapsed < Interval / 2))
            return "";
        var left = state.Left ?? elapsed * ((1 - state.Fraction) / state.Fraction);
        return $"{(long)left.TotalHours}:{left:mm\\:ss} left";
    }

    private sealed class TextColumn(Func<string> text) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(text());
    }
}
