using System.Diagnostics;
using Spectre.Console;

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
        return terminal.IsInteractive ? WithBar(terminal, title, work) : WithLines(terminal, title, work);
    }

    private static T WithBar<T>(Terminal terminal, string title, Func<Action<ProgressState>, T> work) =>
        terminal.Messages.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                return work(state =>
                {
                    task.Value = state.Fraction;
                    task.Description = Markup.Escape($"{title}  {state.Text}");
                });
            });

    private static T WithLines<T>(Terminal terminal, string title, Func<Action<ProgressState>, T> work)
    {
        var clock = Stopwatch.StartNew();
        var next = TimeSpan.Zero;
        return work(state =>
        {
            if (clock.Elapsed < next && state.Fraction < 1)
                return;
            next = clock.Elapsed + Interval;
            terminal.Say($"{title} {state.Fraction:P0}  {state.Text}{(state.Fraction is > 0 and < 1 ? Left(state, clock.Elapsed) : "")}");
        });
    }

    private static string Left(ProgressState state, TimeSpan elapsed)
    {
        var left = state.Left ?? elapsed * ((1 - state.Fraction) / state.Fraction);
        return $", {(long)left.TotalHours}:{left:mm\\:ss} left";
    }
}
