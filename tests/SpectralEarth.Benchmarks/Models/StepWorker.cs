using System.Diagnostics;
using System.Globalization;

namespace SpectralEarth.Benchmarks.Models;

/// <summary>A copy of this program that works on one form of a benchmark and answers questions with numbers.</summary>
internal sealed class StepWorker : IDisposable
{
    private readonly Process process;

    /// <param name="variable">Environment variable that tells the copy its form.</param>
    /// <param name="form">The form.</param>
    /// <param name="isOurs">Whether the copy runs in the program's environment; otherwise with the defaults of the C library.</param>
    internal StepWorker(string variable, string form, bool isOurs)
    {
        Form = form;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in Environment.GetCommandLineArgs().Skip(Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? 0 : 1))
            start.ArgumentList.Add(argument);
        start.Environment[variable] = form;
        start.Environment["OMP_WAIT_POLICY"] = "passive";
        if (isOurs)
            start.Environment[ProgramEnvironment.AllocatorVariable] = ProgramEnvironment.Allocator;
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
