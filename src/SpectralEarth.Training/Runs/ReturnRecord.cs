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
}
