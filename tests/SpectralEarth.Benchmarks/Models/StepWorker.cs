using System.Diagnostics;
using System.Globalization;

namespace SpectralEarth.Benchmarks.Models;

/// <summary>A copy of this program that works on one form of a benchmark and answers questions with numbers.</summary>
internal sealed class StepWorker : IDisposable
{
    private readonly Process process;

    /// <param name="variable">Environment variable that tells the copy its form.</param>
    /// <param name="form">The form.</param>
    internal StepWorker(string variable, string form)
    {
        Form = form;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in Environment.GetCommandLineArgs().Skip(Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? 0 : 1))
            start.ArgumentList.Add(argument);
        start.Environment[variable] = form;
        start.Environment["OMP_WAIT_POLICY"] = "passive";
        process = Process.Start(start)!;
    }

    /// <summary>What the copy works on.</summary>
    internal string Form { get; }

    /// <summary>Asks, and waits for the answer.</summary>
    internal double Ask(string question)
    {
        process.StandardInput.WriteLine(question);
        var answer = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The process of \"{Form}\" has ended.");
        return double.Parse(answer, CultureInfo.InvariantCulture);
    }

    /// <summary>Ends the copy.</summary>
    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
