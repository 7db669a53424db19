using System.Text.RegularExpressions;
using SpectralEarth.Cli.Views;
using Spectre.Console;

namespace SpectralEarth.EndToEnd.Tests;

[Parallelizable]
public sealed partial class ProgressViewTests
{
    private const string Figures = "step 12 epoch 16.0 loss 0.9326 lr 2.03e-5 gradient 0.12 20.7 patches/s 8 GFLOP/s (49 % of peak) data wait 0.4 % 460 MB";

    [TestCase(60)]
    [TestCase(80)]
    [TestCase(200)]
    public void Bar_share_and_time_stay_on_one_line_and_no_figure_is_lost(int width)
    {
        using var shown = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(shown) });
        console.Profile.Width = width;

        _ = ProgressView.WithBar(console, "pretrain", show =>
        {
            show(new ProgressState(0.5, Figures, new TimeSpan(26, 3, 4)));
            return 0;
        });

        string[] lines = [.. Escapes().Replace(shown.ToString(), "").Split('\n').Select(line => line.Trim())];
        Assert.That(lines, Has.Some.Matches("^pretrain\\s.*50\\s?%\\s+26:03:04 left$"));
        Assert.That(lines.Select(line => line.Length), Is.All.LessThanOrEqualTo(width));
        Assert.That(string.Join(' ', lines), Does.Contain(Figures));
    }

    [GeneratedRegex("\u001b\\[[0-9;?]*[a-zA-Z]|\r")]
    private static partial Regex Escapes();
}
