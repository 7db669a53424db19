using System.Globalization;
using System.Text.RegularExpressions;

namespace SpectralEarth.Scenes;

/// <summary>Times of acquisition in names of files.</summary>
public static partial class AcquisitionTime
{
    /// <summary>
    /// The time, UTC, that a name holds: 20220724T104526, 20220724104526, 20220724, or as Hyperion's names have it, year and
    /// day of year (EO1H1930242012205). Null if there is none.
    /// </summary>
    public static DateTime? InName(string name)
    {
        if (Hyperion().Match(name) is { Success: true } scene && int.Parse(scene.Groups["day"].ValueSpan, CultureInfo.InvariantCulture) is >= 1 and <= 366 and var day)
            return new DateTime(int.Parse(scene.Groups["year"].ValueSpan, CultureInfo.InvariantCulture), 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(day - 1);
        foreach (Match match in Digits().Matches(name))
        {
            var digits = match.Groups["date"].Value + (match.Groups["time"].Success ? match.Groups["time"].Value : "000000");
            if (DateTime.TryParseExact(digits, "yyyyMMddHHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
                return time;
        }

        return null;
    }

    [GeneratedRegex(@"(?<!\d)(?<date>(19|20)\d{6})(T?(?<time>\d{6}))?(?!\d)", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();

    [GeneratedRegex(@"^EO1H\d{6}(?<year>(19|20)\d{2})(?<day>\d{3})", RegexOptions.CultureInvariant)]
    private static partial Regex Hyperion();
}
