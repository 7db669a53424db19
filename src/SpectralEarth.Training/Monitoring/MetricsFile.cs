using System.Globalization;
using System.Text;
using SpectralEarth.Storage;

namespace SpectralEarth.Training.Monitoring;

/// <summary>metrics.csv: one row per logged step. Rows reach the disk at once, so that a killed run keeps them.</summary>
public sealed class MetricsFile : IDisposable
{
    /// <summary>First line of the file.</summary>
    public const string Header = "step,epoch,loss,learning_rate,gradient_norm,patches_per_second,data_wait_share,resident_mb,gigaflops_per_second,peak_share";

    private const int Columns = 10;

    private readonly FileStream stream;
    private readonly StringBuilder waiting = new();

    private MetricsFile(FileStream stream) => this.stream = stream;

    /// <summary>Opens the file to go on after <paramref name="step"/> steps; later rows, which will come again, are cut off.</summary>
    /// <exception cref="InvalidDataException">The file has another header.</exception>
    public static MetricsFile OpenAfter(string path, long step)
    {
        var kept = File.Exists(path) ? Lines(path).Where(line => StepOf(line) <= step) : [];
        AtomicFile.WriteText(path, string.Concat(kept.Prepend(Header).Select(line => line + "\n")));
        return new MetricsFile(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));
    }

    /// <summary>Reads all complete rows.</summary>
    /// <exception cref="InvalidDataException">The file has another header or a damaged row.</exception>
    public static IReadOnlyList<StepReport> Read(string path) => [.. Lines(path).Select((line, row) => Parse(line) ??
        throw new InvalidDataException($"{path}: row {row + 1} is \"{line}\", expected {Columns} numbers. Move the file away; it is only looked at, no training depends on it."))];

    /// <summary>Adds a row.</summary>
    /// <exception cref="IOException">The row could not be written; it is kept and written with the next one.</exception>
    public void Write(StepReport report)
    {
        waiting.Append(Format(report)).Append('\n');
        WriteWaiting();
    }

    /// <summary>Writes the rows that could not be written before.</summary>
    /// <exception cref="IOException">Nor can they be now.</exception>
    public void WriteWaiting()
    {
        if (waiting.Length == 0)
            return;
        var end = stream.Length;
        try
        {
            stream.Write(Encoding.UTF8.GetBytes(waiting.ToString()));
            stream.Flush();
            waiting.Clear();
        }
        catch (IOException)
        {
            stream.SetLength(end);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private static string Format(StepReport report) => string.Create(CultureInfo.InvariantCulture,
        $"{report.Step},{report.Epoch:0.######},{report.Loss:R},{report.LearningRate:R},{report.GradientNorm:R},{report.PatchesPerSecond:0.###},{report.DataWaitShare:0.####},{report.ResidentBytes / 1048576.0:0.#},{report.GigaflopsPerSecond:0.###},{report.PeakShare:0.####}");

    private static IEnumerable<string> Lines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));     // a run may be writing it
        var text = reader.ReadToEnd();
        var complete = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (complete.Length > 0 && complete[0] != Header)
            throw new InvalidDataException($"{path}: the first line is \"{complete[0]}\", expected \"{Header}\". Move the file away.");
        return complete.Skip(1);
    }

    private static long StepOf(string line) =>
        long.TryParse(line.AsSpan(0, Math.Max(0, line.IndexOf(','))), NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : long.MaxValue;

    private static StepReport? Parse(string line)
    {
        var texts = line.Split(',');
        var fields = new double[texts.Length];
        for (var column = 0; column < fields.Length; column++)
        {
            if (!double.TryParse(texts[column], CultureInfo.InvariantCulture, out fields[column]))
                return null;
        }

        return fields.Length != Columns ? null : new StepReport((long)fields[0], fields[1], fields[2], fields[3], fields[4])
        {
            PatchesPerSecond = fields[5],
            DataWaitShare = fields[6],
            ResidentBytes = (long)(fields[7] * 1048576),
            GigaflopsPerSecond = fields[8],
            PeakShare = fields[9],
        };
    }
}
