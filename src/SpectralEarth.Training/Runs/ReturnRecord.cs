using System.Globalization;
using SpectralEarth.Storage;

namespace SpectralEarth.Training.Runs;

/// <summary>returns.csv: one row for each time that a run went wrong and returned to a checkpoint.</summary>
internal static class ReturnRecord
{
    /// <summary>First line of the file.</summary>
    public const string Header = "time,step,loss,gradient_norm,reason,returned_to_step,steps_of_data_skipped";

    /// <summary>Adds a row.</summary>
    /// <param name="path">returns.csv.</param>
    /// <param name="last">Step at which the run was found to have gone wrong.</param>
    /// <param name="reason">Why.</param>
    /// <param name="returnedTo">Steps done after the return.</param>
    /// <param name="skipped">Steps by which the order of the data is ahead from then on.</param>
    /// <exception cref="IOException">The file cannot be written to.</exception>
    public static void Append(string path, StepReport last, string reason, long returnedTo, long skipped)
    {
        var row = string.Create(CultureInfo.InvariantCulture,
            $"{DateTime.UtcNow:O},{last.Step},{last.Loss:R},{last.GradientNorm:R},{CsvText.Quoted(reason)},{returnedTo},{skipped}\n");
        File.AppendAllText(path, File.Exists(path) ? row : Header + "\n" + row);
    }

    /// <summary>Reads all complete rows; none if there is no such file.</summary>
    /// <exception cref="InvalidDataException">The file has another header or a damaged row.</exception>
    public static IReadOnlyList<RunReturn> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        var text = File.ReadAllText(path);
        try
        {
            var lines = CsvText.Rows(text[..(text.LastIndexOf('\n') + 1)]).ToList();
            if (lines.Count > 0 && string.Join(',', lines[0]) is var first && first != Header)
                throw new InvalidDataException($"{path}: the first line is \"{first}\", expected \"{Header}\". Move the file away.");
            return [.. lines.Skip(1).Select((cells, row) => Parse(cells) ??
                throw new InvalidDataException($"{path}: row {row + 1} is \"{string.Join(',', cells)}\", expected {Header}. Move the file away; it is only looked at, no training depends on it."))];
        }
        catch (FormatException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}. Move the file away; it is only looked at, no training depends on it.", error);
        }
    }

    private static RunReturn? Parse(IReadOnlyList<string> cells) =>
        cells.Count == Header.Split(',').Length
        && long.TryParse(cells[1], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
        && double.TryParse(cells[2], CultureInfo.InvariantCulture, out var loss)
        && double.TryParse(cells[3], CultureInfo.InvariantCulture, out var gradientNorm)
        && long.TryParse(cells[5], NumberStyles.None, CultureInfo.InvariantCulture, out var returnedTo)
        && long.TryParse(cells[6], NumberStyles.None, CultureInfo.InvariantCulture, out var skipped)
            ? new RunReturn(step, loss, gradientNorm, cells[4], returnedTo, skipped)
            : null;
}

/// <summary>A return to a checkpoint.</summary>
/// <param name="Step">Step at which the run was found to have gone wrong.</param>
/// <param name="Loss">Loss of that step.</param>
/// <param name="GradientNorm">Norm of its gradient before clipping.</param>
/// <param name="Reason">Why the run returned.</param>
/// <param name="ReturnedTo">Steps done after the return.</param>
/// <param name="SkippedSteps">Steps of data left out by this return and those before it.</param>
internal sealed record RunReturn(long Step, double Loss, double GradientNorm, string Reason, long ReturnedTo, long SkippedSteps);
