using System.Globalization;

namespace SpectralEarth.Cli.Views;

/// <summary>A number and the word for what it counts.</summary>
internal static class Amount
{
    /// <summary>"1 scene", "2 scenes".</summary>
    /// <param name="number">How many.</param>
    /// <param name="one">Word for one.</param>
    /// <param name="several">Word for several or none; null puts an s behind that for one.</param>
    /// <param name="format">Of the number; "N0" with commas between thousands, as in tables.</param>
    internal static string Of(long number, string one, string? several = null, string format = "D") =>
        $"{number.ToString(format, CultureInfo.InvariantCulture)} {(number == 1 ? one : several ?? one + "s")}";
}
