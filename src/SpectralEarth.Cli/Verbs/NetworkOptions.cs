using System.CommandLine;
using SpectralEarth.Training;

namespace SpectralEarth.Cli.Verbs;

/// <summary>Options of the verbs that use a trained network.</summary>
internal static class NetworkOptions
{
    private const string On = "on", Off = "off";

    /// <summary><c>--device auto|cpu|cuda</c></summary>
    /// <param name="user">What runs there, for the help.</param>
    internal static ChoiceOption<ComputeDevice> Device(string user = "network") =>
        new("--device", $"Where the {user} runs: the processor or a GPU; a GPU where there is one by default.");

    /// <summary><c>--test-time-augmentation on|off</c></summary>
    internal static Option<string> Augmentation()
    {
        var option = new Option<string>("--test-time-augmentation") { Description = "Average over the eight flips and rotations, eight times the work; as in the test of the fine-tuning run by default.", HelpName = "on|off" };
        option.AcceptOnlyFromAmong(On, Off);
        return option;
    }

    /// <summary>Value of <see cref="Augmentation"/>; null if it was not given.</summary>
    internal static bool? IsOn(ParseResult line, Option<string> augmentation) => line.GetValue(augmentation) is { } value ? value == On : null;
}
