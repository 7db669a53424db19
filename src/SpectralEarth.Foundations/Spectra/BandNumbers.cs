using System.Globalization;

namespace SpectralEarth.Spectra;

/// <summary>Lists of band numbers in the short form that people write: "1-126, 142-160, 168-224".</summary>
public static class BandNumbers
{
    /// <summary>Largest number that is accepted; no sensor has as many bands.</summary>
    public const int Maximum = 10_000;

    /// <summary>Reads a list of numbers and ranges, in the given order.</summary>
    /// <exception cref="FormatException">The text has another form, or names a band twice.</exception>
    public static IReadOnlyList<int> Parse(string text)
    {
        var numbers = new List<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', StringSplitOptions.TrimEntries);
            if (ends.Length > 2 || !TryParse(ends[0], out var first) || !TryParse(ends[^1], out var last) || last < first)
                throw new FormatException($"'{part}' is not a band or a range of bands; write for example 1-126, 142-160, 168.");
            numbers.AddRange(Enumerable.Range(first, last - first + 1));
        }

        if (numbers.GroupBy(number => number).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new FormatException($"'{text}' names band {twice.Key} {twice.Count()} times.");
        return numbers;
    }

    /// <summary>Writes numbers as ranges, in the given order.</summary>
    public static string ToText(IEnumerable<int> numbers)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (var number in numbers)
        {
            if (ranges.Count > 0 && ranges[^1].Last == number - 1)
                ranges[^1] = (ranges[^1].First, number);
            else
                ranges.Add((number, number));
        }

        return string.Join(", ", ranges.Select(range => range.First == range.Last ? $"{range.First}" : $"{range.First}-{range.Last}"));
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is >= 1 and <= Maximum;
}
